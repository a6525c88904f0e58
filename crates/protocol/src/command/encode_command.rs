use super::encode::encode_checked;
use super::{EncodeError, EncodeErrorKind, RequestChannelInfo, RequestSoundboardSounds};
use crate::limits::{MAX_NONCE_BYTES, MAX_REQUESTED_USERS};
use sealed::Sealed;
use twilight_model::gateway::payload::outgoing::request_guild_members::RequestGuildMemberId;
use twilight_model::gateway::payload::outgoing::{
    RequestGuildMembers, UpdatePresence, UpdateVoiceState,
};

/// A payload that a bot sends to the gateway by its own decision.
///
/// Heartbeats, IDENTIFY and RESUME are not commands: they are sent by the code that maintains the connection.
/// This trait is sealed.
///
/// ```
/// use gloaming_protocol::encode_command;
/// use twilight_model::{gateway::payload::outgoing::UpdateVoiceState, id::Id};
///
/// let text = encode_command(&UpdateVoiceState::new(Id::new(1), Id::new(2), false, true))?;
/// assert!(text.len() < 4096);
/// # Ok::<_, gloaming_protocol::EncodeError>(())
/// ```
pub trait Command: Sealed {}

impl Command for RequestChannelInfo {}
impl Command for RequestGuildMembers {}
impl Command for RequestSoundboardSounds {}
impl Command for UpdatePresence {}
impl Command for UpdateVoiceState {}

/// Encodes a command.
///
/// # Errors
///
/// Returns an error if the command is over 4096 bytes ([P21](crate::rules#p21)), or is a request for guild
/// members with a nonce over 32 bytes or over 100 users ([P24](crate::rules#p24)).
pub fn encode_command(command: &impl Command) -> Result<String, EncodeError> {
    command.check()?;
    encode_checked(command)
}

mod sealed {
    use crate::command::EncodeError;
    use serde::Serialize;

    #[expect(
        unnameable_types,
        reason = "other crates can not implement a trait that they can not name"
    )]
    pub trait Sealed: Serialize {
        /// Checks what the size check does not cover.
        fn check(&self) -> Result<(), EncodeError> {
            Ok(())
        }
    }
}

impl Sealed for RequestChannelInfo {}
impl Sealed for RequestSoundboardSounds {}
impl Sealed for UpdatePresence {}
impl Sealed for UpdateVoiceState {}

impl Sealed for RequestGuildMembers {
    fn check(&self) -> Result<(), EncodeError> {
        if let Some(nonce) = &self.d.nonce
            && nonce.len() > MAX_NONCE_BYTES
        {
            return Err(EncodeError::new(EncodeErrorKind::NonceTooLong {
                bytes: nonce.len(),
            }));
        }
        if let Some(RequestGuildMemberId::Multiple(users)) = &self.d.user_ids
            && users.len() > MAX_REQUESTED_USERS
        {
            return Err(EncodeError::new(EncodeErrorKind::TooManyUsers {
                users: users.len(),
            }));
        }
        Ok(())
    }
}
