//! One payload that is asked, and what has come of it.

use super::{chunks::Chunks, nonces::Nonces, scheduler::HandleId, turns::Turn};
use gloaming_protocol::{EncodeError, RequestChannelInfo, RequestSoundboardSounds, encode_command};
use std::{collections::BTreeSet, time::Instant};
use twilight_model::{
    gateway::{
        OpCode,
        payload::outgoing::{RequestGuildMembers, request_guild_members::RequestGuildMembersInfo},
    },
    id::{Id, marker::GuildMarker},
};

/// What is asked.
#[derive(Clone, Debug)]
pub enum Body {
    /// Op 8 (P24), with its caller's own nonce if it has one.
    Members(RequestGuildMembersInfo),
    /// Op 31 (P26).
    Sounds(RequestSoundboardSounds),
    /// Op 43 (P26).
    ChannelInfo(RequestChannelInfo),
}

/// Whether all members of the guild are asked for.
pub fn is_full_list(request: &RequestGuildMembersInfo) -> bool {
    request.query.as_deref() == Some("") && request.limit.unwrap_or(0) == 0
}

impl Body {
    pub fn nonce(&self) -> Option<&str> {
        match self {
            Self::Members(request) => request.nonce.as_deref(),
            Self::Sounds(_) | Self::ChannelInfo(_) => None,
        }
    }

    pub(super) fn turn(&self) -> Option<Turn> {
        match self {
            Self::Members(request) => {
                is_full_list(request).then_some(Turn::FullList(request.guild_id))
            }
            Self::Sounds(_) => None,
            Self::ChannelInfo(request) => Some(Turn::ChannelInfo(request.guild_id())),
        }
    }

    pub fn encode(&self) -> Result<String, EncodeError> {
        match self {
            Self::Members(request) => encode_command(&RequestGuildMembers {
                d: request.clone(),
                op: OpCode::RequestGuildMembers,
            }),
            Self::Sounds(request) => encode_command(request),
            Self::ChannelInfo(request) => encode_command(request),
        }
    }

    /// Whether an answer to `self` is one to `other`: nonces are names and ask for nothing.
    fn asks_the_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Members(ours), Self::Members(theirs)) => {
                ours.guild_id == theirs.guild_id
                    && ours.limit == theirs.limit
                    && ours.presences == theirs.presences
                    && ours.query == theirs.query
                    && ours.user_ids == theirs.user_ids
            }
            (Self::Sounds(ours), Self::Sounds(theirs)) => ours == theirs,
            (Self::ChannelInfo(ours), Self::ChannelInfo(theirs)) => ours == theirs,
            _ => false,
        }
    }
}

/// What has not come yet.
#[derive(Debug)]
pub(super) enum Missing {
    Chunks(Chunks),
    Guilds(BTreeSet<Id<GuildMarker>>),
    Guild(Id<GuildMarker>),
}

/// Where an ask stands.
///
/// ```text
///            ┌── held back (P25), new session ───┐
///            ▼                                   │
/// Waiting ──────► InLane ──────► Sent ───────────┤
///            ◄── new session                     └──► Answered ──► all has come
/// ```
#[derive(Clone, Copy, Debug)]
pub(super) enum Stage {
    /// Not yet given to the connection.
    Waiting {
        /// When the gateway will take it, if it said so.
        not_before: Option<Instant>,
        expires: Instant,
    },
    /// Among the commands that wait for the send limit.
    InLane { expires: Instant },
    /// On the wire, and nothing came.
    Sent { quiet_since: Instant },
    /// A part came.
    Answered { quiet_since: Instant },
}

/// One payload that is asked, for all who want to know the same.
#[derive(Debug)]
pub(super) struct Ask {
    pub(super) body: Body,
    pub(super) missing: Missing,
    pub(super) callers: Vec<HandleId>,
    pub(super) stage: Stage,
    pub(super) resends_left: u32,
}

impl Ask {
    pub(super) fn new(mut body: Body, nonces: &mut Nonces, expires: Instant, resends: u32) -> Self {
        let missing = match &mut body {
            Body::Members(request) => {
                request.nonce.get_or_insert_with(|| nonces.next());
                Missing::Chunks(Chunks::default())
            }
            Body::Sounds(request) => Missing::Guilds(request.guild_ids().iter().copied().collect()),
            Body::ChannelInfo(request) => Missing::Guild(request.guild_id()),
        };
        Self {
            body,
            missing,
            callers: Vec::new(),
            stage: Stage::Waiting {
                not_before: None,
                expires,
            },
            resends_left: resends,
        }
    }

    /// Whether who asks `body` now gets the whole answer to this, under the nonce it wants.
    pub(super) fn can_be_joined_by(&self, body: &Body) -> bool {
        !matches!(self.stage, Stage::Answered { .. })
            && self.body.asks_the_same(body)
            && (body.nonce().is_none() || body.nonce() == self.body.nonce())
    }

    /// Whether it is on the wire, so that answers may come.
    pub(super) const fn is_on_the_wire(&self) -> bool {
        matches!(self.stage, Stage::Sent { .. } | Stage::Answered { .. })
    }

    pub(super) const fn quiet_since(&self) -> Option<Instant> {
        match self.stage {
            Stage::Sent { quiet_since } | Stage::Answered { quiet_since } => Some(quiet_since),
            Stage::Waiting { .. } | Stage::InLane { .. } => None,
        }
    }

    pub(super) const fn expires(&self) -> Option<Instant> {
        match self.stage {
            Stage::Waiting { expires, .. } | Stage::InLane { expires } => Some(expires),
            Stage::Sent { .. } | Stage::Answered { .. } => None,
        }
    }
}
