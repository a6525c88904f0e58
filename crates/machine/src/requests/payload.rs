//! What a request sends.

use super::pacing::PacingKey;
use gloaming_protocol::{EncodeError, RequestChannelInfo, RequestSoundboardSounds, encode_command};
use twilight_model::gateway::{
    OpCode,
    payload::outgoing::{RequestGuildMembers, request_guild_members::RequestGuildMembersInfo},
};

/// A payload whose replies are awaited.
#[derive(Clone, Debug)]
pub enum RequestPayload {
    /// Op 8, members of a guild ([P24](gloaming_protocol::rules#p24)). Without a nonce, the machine chooses
    /// one.
    Members(RequestGuildMembersInfo),
    /// Op 31, soundboard sounds ([P26](gloaming_protocol::rules#p26)).
    Sounds(RequestSoundboardSounds),
    /// Op 43, channel info ([P26](gloaming_protocol::rules#p26)).
    ChannelInfo(RequestChannelInfo),
}

impl RequestPayload {
    /// Encodes the payload as JSON.
    ///
    /// # Errors
    ///
    /// The payload breaks a limit of the gateway's ([P21](gloaming_protocol::rules#p21),
    /// [P24](gloaming_protocol::rules#p24)).
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

    pub(super) fn nonce(&self) -> Option<&str> {
        match self {
            Self::Members(request) => request.nonce.as_deref(),
            Self::Sounds(_) | Self::ChannelInfo(_) => None,
        }
    }

    pub(super) fn pacing_key(&self) -> Option<PacingKey> {
        match self {
            Self::Members(request) => {
                is_full_member_list(request).then_some(PacingKey::FullList(request.guild_id))
            }
            Self::Sounds(_) => None,
            Self::ChannelInfo(request) => Some(PacingKey::ChannelInfo(request.guild_id())),
        }
    }

    /// Whether a reply to `self` is a reply to `other`. The nonce does not count: it is a name.
    pub(super) fn is_equivalent(&self, other: &Self) -> bool {
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

/// Whether a request is for all members of the guild, which the gateway limits
/// ([P25](gloaming_protocol::rules#p25)) and needs the intent `GUILD_MEMBERS` for
/// ([P24](gloaming_protocol::rules#p24)).
#[must_use]
pub fn is_full_member_list(request: &RequestGuildMembersInfo) -> bool {
    request.query.as_deref() == Some("") && request.limit.unwrap_or(0) == 0
}
