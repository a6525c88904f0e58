//! Replies of the gateway, and RATE_LIMITED.

use super::{
    super::{
        chunks::Arrival,
        error::RequestErrorKind,
        id::RequestId,
        pacing::{self, PacingKey},
        pending::{Outstanding, PendingRequest, Progress},
        policy::MAX_REQUEST_WAIT,
        reply_match::ReplyMatch,
    },
    Output, RequestScheduler,
};
use gloaming_protocol::limits::FULL_MEMBER_LIST_INTERVAL;
use std::time::{Duration, Instant};
use twilight_model::id::{Id, marker::GuildMarker};

impl RequestScheduler {
    pub(super) fn matched(&mut self, now: Instant, reply: &ReplyMatch<'_>) {
        match reply {
            ReplyMatch::Chunk {
                nonce,
                index,
                count,
            } => self.chunk(now, nonce, *index, *count),
            ReplyMatch::Sounds { guild } => self.sounds(now, *guild),
            ReplyMatch::ChannelInfo { guild } => self.channel_info(now, *guild),
            ReplyMatch::Limited {
                nonce,
                guild,
                retry_after,
            } => self.limited(now, nonce.as_deref(), *guild, *retry_after),
        }
    }

    fn chunk(&mut self, now: Instant, nonce: &str, index: u32, count: u32) {
        let asked = self
            .pending
            .iter_mut()
            .filter(|(_, request)| request.is_sent())
            .find(|(_, request)| request.payload.nonce() == Some(nonce));
        let Some((id, request)) = asked else {
            return;
        };
        let Outstanding::Chunks(chunks) = &mut request.outstanding else {
            return;
        };
        let arrival = chunks.arrived(index, count);
        if let Some(key @ PacingKey::FullList(_)) = request.payload.pacing_key()
            && matches!(request.progress, Progress::Sent { .. })
        {
            // The gateway received the request at some time before this.
            self.pacing
                .hold_at_least(key, now + FULL_MEMBER_LIST_INTERVAL);
        }
        request.progress = Progress::Answered { quiet_since: now };
        let (id, callers) = (*id, request.callers.clone());
        if arrival != Arrival::Duplicate {
            self.deliver(callers);
        }
        if arrival == Arrival::Last {
            self.end(now, id, Ok(()));
        }
    }

    fn sounds(&mut self, now: Instant, guild: Id<GuildMarker>) {
        let mut callers = Vec::new();
        let mut complete = Vec::new();
        for (id, request) in &mut self.pending {
            if !request.is_sent() {
                continue;
            }
            let Outstanding::Guilds(guilds) = &mut request.outstanding else {
                continue;
            };
            if guilds.remove(&guild) {
                callers.extend_from_slice(&request.callers);
                if guilds.is_empty() {
                    complete.push(*id);
                }
                request.progress = Progress::Answered { quiet_since: now };
            }
        }
        if !callers.is_empty() {
            self.deliver(callers);
        }
        for id in complete {
            self.end(now, id, Ok(()));
        }
    }

    fn channel_info(&mut self, now: Instant, guild: Id<GuildMarker>) {
        let asked = self
            .pending
            .iter_mut()
            .filter(|(_, request)| request.is_sent())
            .find(|(_, request)| matches!(request.outstanding, Outstanding::Guild(outstanding) if outstanding == guild));
        if let Some((id, request)) = asked {
            request.progress = Progress::Answered { quiet_since: now };
            let (id, callers) = (*id, request.callers.clone());
            self.deliver(callers);
            self.end(now, id, Ok(()));
        }
    }

    fn deliver(&mut self, callers: Vec<RequestId>) {
        for request_id in &callers {
            if let Some(caller) = self.callers.get_mut(request_id) {
                caller.has_received = true;
            }
        }
        self.changed.extend_from_slice(&callers);
        self.outputs.push_back(Output::Reply(callers));
    }

    fn limited(
        &mut self,
        now: Instant,
        nonce: Option<&str>,
        guild: Option<Id<GuildMarker>>,
        retry_after: Duration,
    ) {
        let is_meant = |request: &PendingRequest| match nonce {
            Some(_) => request.payload.nonce() == nonce,
            // The limit is one for full lists.
            None => guild.is_some_and(|guild| {
                request.payload.pacing_key() == Some(PacingKey::FullList(guild))
            }),
        };
        let asked = self
            .pending
            .iter_mut()
            .find_map(|(id, request)| match request.progress {
                Progress::Sent { quiet_since: sent } if is_meant(request) => {
                    Some((*id, request, sent))
                }
                _ => None,
            });
        let Some((id, request, sent)) = asked else {
            return;
        };
        // A wait past the policy ends the request below.
        let until = now + retry_after.min(MAX_REQUEST_WAIT);
        if let Some(key @ PacingKey::FullList(_)) = request.payload.pacing_key() {
            self.pacing.hold_back(key, sent + pacing::INTERVAL, until);
        }
        if request.resends_left == 0 || retry_after > self.policy.longest_wait {
            let kind = RequestErrorKind::RateLimited { retry_after };
            return self.end(now, id, Err(kind));
        }
        request.resends_left -= 1;
        request.progress = Progress::Waiting {
            not_before: Some(until),
            expires: until + self.lifetime,
        };
    }
}
