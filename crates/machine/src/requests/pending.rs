//! A payload whose replies are awaited, and how far it is.

use super::{chunks::Chunks, id::RequestId, nonces::Nonces, payload::RequestPayload};
use std::{collections::BTreeSet, time::Instant};
use twilight_model::id::{Id, marker::GuildMarker};

/// The replies that have not arrived yet.
#[derive(Debug)]
pub(super) enum Outstanding {
    Chunks(Chunks),
    Guilds(BTreeSet<Id<GuildMarker>>),
    Guild(Id<GuildMarker>),
}

/// How far a pending request is.
///
/// ```text
///            ┌── held back, new session ─────────┐
///            ▼                                   │
/// Waiting ──────► Queued ──────► Sent ───────────┤
///            ◄── new session                     └──► Answered ──► complete
/// ```
///
/// A request is held back if the gateway replied RATE_LIMITED ([P25](gloaming_protocol::rules#p25)).
#[derive(Clone, Copy, Debug)]
pub(super) enum Progress {
    /// Not given to the connection yet.
    Waiting {
        /// The earliest time at which the gateway accepts it, if the gateway named one.
        not_before: Option<Instant>,
        expires: Instant,
    },
    /// In the command queue, where it waits for the send limit.
    Queued { expires: Instant },
    /// Sent, without a reply so far.
    Sent { quiet_since: Instant },
    /// Part of the reply arrived.
    Answered { quiet_since: Instant },
}

/// One payload and the callers that share its replies.
#[derive(Debug)]
pub(super) struct PendingRequest {
    pub(super) payload: RequestPayload,
    pub(super) outstanding: Outstanding,
    pub(super) callers: Vec<RequestId>,
    pub(super) progress: Progress,
    pub(super) resends_left: u32,
}

impl PendingRequest {
    pub(super) fn new(
        mut payload: RequestPayload,
        nonces: &mut Nonces,
        expires: Instant,
        resends: u32,
    ) -> Self {
        let outstanding = match &mut payload {
            RequestPayload::Members(request) => {
                request.nonce.get_or_insert_with(|| nonces.next());
                Outstanding::Chunks(Chunks::default())
            }
            RequestPayload::Sounds(request) => {
                Outstanding::Guilds(request.guild_ids().iter().copied().collect())
            }
            RequestPayload::ChannelInfo(request) => Outstanding::Guild(request.guild_id()),
        };
        Self {
            payload,
            outstanding,
            callers: Vec::new(),
            progress: Progress::Waiting {
                not_before: None,
                expires,
            },
            resends_left: resends,
        }
    }

    /// Whether a caller with `payload` can share this request: it gets all replies, under the nonce it wants.
    pub(super) fn can_join(&self, payload: &RequestPayload) -> bool {
        !matches!(self.progress, Progress::Answered { .. })
            && self.payload.is_equivalent(payload)
            && (payload.nonce().is_none() || payload.nonce() == self.payload.nonce())
    }

    /// Whether it was sent, so that replies may arrive.
    pub(super) const fn is_sent(&self) -> bool {
        matches!(
            self.progress,
            Progress::Sent { .. } | Progress::Answered { .. }
        )
    }

    pub(super) const fn quiet_since(&self) -> Option<Instant> {
        match self.progress {
            Progress::Sent { quiet_since } | Progress::Answered { quiet_since } => {
                Some(quiet_since)
            }
            Progress::Waiting { .. } | Progress::Queued { .. } => None,
        }
    }

    pub(super) const fn expires(&self) -> Option<Instant> {
        match self.progress {
            Progress::Waiting { expires, .. } | Progress::Queued { expires } => Some(expires),
            Progress::Sent { .. } | Progress::Answered { .. } => None,
        }
    }
}
