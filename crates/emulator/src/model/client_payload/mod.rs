//! The payloads that clients send, as documented and as Discord accepts them.
//!
//! A payload that Discord can't decode is [`Malformed`]. Deviations that Discord is known to accept are decoded as if the
//! client had sent what the documentation says, and added to a list of findings, as the
//! [table](crate::FINDING_KINDS) says.

mod fields;
mod guild_requests;
mod identify;
mod member_request;
mod presence;
mod resume;
mod snowflake;
mod voice_state;

use serde::Deserialize;
use serde_json::Value;

pub(crate) use self::{
    fields::Malformed,
    guild_requests::{RequestChannelInfo, RequestSoundboardSounds},
    identify::Identify,
    member_request::{RequestGuildMembers, RequestedMembers},
    presence::PresenceUpdate,
    resume::Resume,
    snowflake::Snowflake,
    voice_state::VoiceStateUpdate,
};

/// The envelope. Clients do not send `s` and `t`; they are ignored.
#[derive(Deserialize)]
pub(crate) struct Envelope {
    pub(crate) op: u64,
    #[serde(default)]
    pub(crate) d: Value,
}
