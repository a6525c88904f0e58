//! What the gateway says to what was asked.

use super::{
    super::{
        ask::{Ask, Missing, Stage},
        chunks::Arrival,
        error::RequestErrorKind,
        policy::MAX_REQUEST_WAIT,
        sighting::Sighting,
        turns::{self, Turn},
    },
    HandleId, Output, Scheduler,
};
use std::time::{Duration, Instant};
use twilight_model::id::{Id, marker::GuildMarker};

impl Scheduler {
    pub(super) fn seen(&mut self, now: Instant, sighting: &Sighting<'_>) {
        match sighting {
            Sighting::Chunk {
                nonce,
                index,
                count,
            } => self.chunk(now, nonce, *index, *count),
            Sighting::Sounds { guild } => self.sounds(now, *guild),
            Sighting::ChannelInfo { guild } => self.channel_info(now, *guild),
            Sighting::Limited {
                nonce,
                guild,
                retry_after,
            } => self.limited(now, nonce.as_deref(), *guild, *retry_after),
        }
    }

    fn chunk(&mut self, now: Instant, nonce: &str, index: u32, count: u32) {
        let asked = self
            .asks
            .iter_mut()
            .filter(|(_, ask)| ask.is_on_the_wire())
            .find(|(_, ask)| ask.body.nonce() == Some(nonce));
        let Some((id, ask)) = asked else {
            return;
        };
        let Missing::Chunks(chunks) = &mut ask.missing else {
            return;
        };
        let arrival = chunks.arrived(index, count);
        ask.stage = Stage::Answered { quiet_since: now };
        let (id, callers) = (*id, ask.callers.clone());
        if arrival != Arrival::Again {
            self.deliver(callers);
        }
        if arrival == Arrival::Last {
            self.end(now, id, Ok(()));
        }
    }

    fn sounds(&mut self, now: Instant, guild: Id<GuildMarker>) {
        let mut callers = Vec::new();
        let mut complete = Vec::new();
        for (id, ask) in &mut self.asks {
            if !ask.is_on_the_wire() {
                continue;
            }
            let Missing::Guilds(guilds) = &mut ask.missing else {
                continue;
            };
            if guilds.remove(&guild) {
                callers.extend_from_slice(&ask.callers);
                if guilds.is_empty() {
                    complete.push(*id);
                }
                ask.stage = Stage::Answered { quiet_since: now };
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
            .asks
            .iter_mut()
            .filter(|(_, ask)| ask.is_on_the_wire())
            .find(|(_, ask)| matches!(ask.missing, Missing::Guild(missing) if missing == guild));
        if let Some((id, ask)) = asked {
            ask.stage = Stage::Answered { quiet_since: now };
            let (id, callers) = (*id, ask.callers.clone());
            self.deliver(callers);
            self.end(now, id, Ok(()));
        }
    }

    fn deliver(&mut self, callers: Vec<HandleId>) {
        for handle in &callers {
            if let Some(caller) = self.callers.get_mut(handle) {
                caller.has_received = true;
            }
        }
        self.touched.extend_from_slice(&callers);
        self.outputs.push_back(Output::Deliver(callers));
    }

    fn limited(
        &mut self,
        now: Instant,
        nonce: Option<&str>,
        guild: Option<Id<GuildMarker>>,
        retry_after: Duration,
    ) {
        let is_meant = |ask: &Ask| match nonce {
            Some(_) => ask.body.nonce() == nonce,
            // Full lists are what the limit is for.
            None => guild.is_some_and(|guild| ask.body.turn() == Some(Turn::FullList(guild))),
        };
        let asked = self.asks.iter_mut().find_map(|(id, ask)| match ask.stage {
            Stage::Sent { quiet_since: sent } if is_meant(ask) => Some((*id, ask, sent)),
            _ => None,
        });
        let Some((id, ask, sent)) = asked else {
            return;
        };
        // What no clock can count ends the request below.
        let until = now + retry_after.min(MAX_REQUEST_WAIT);
        if let Some(turn @ Turn::FullList(_)) = ask.body.turn() {
            self.turns.hold_back(turn, sent + turns::INTERVAL, until);
        }
        if ask.resends_left == 0 || retry_after > self.policy.longest_wait {
            let kind = RequestErrorKind::RateLimited { retry_after };
            return self.end(now, id, Err(kind));
        }
        ask.resends_left -= 1;
        ask.stage = Stage::Waiting {
            not_before: Some(until),
            expires: until + self.lifetime,
        };
    }
}
