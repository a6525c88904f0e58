use super::encode::encode_checked;
use super::{EncodeError, EncodeErrorKind, RequestChannelInfo, RequestSoundboardSounds};
use crate::limits::{MAX_NONCE_BYTES, MAX_REQUESTED_USERS};
use sealed::Sealed;
use twilight_model::gateway::payload::outgoing::request_guild_members::RequestGuildMemberId;
use twilight_model::gateway::payload::outgoing::{
    RequestGuildMembers, UpdatePresence, UpdateVoiceState,
};

/// What a bot sends to the gateway of its own accord.
///
/// Heartbeats, identifies and resumes are no commands: who keeps the connection sends them.
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

/// Writes a command.
///
/// # Errors
///
/// If it is over 4096 bytes (P21), or is a request for guild members with a nonce over 32 bytes or
/// over 100 users (P24).
pub fn encode_command(command: &impl Command) -> Result<String, EncodeError> {
    command.check()?;
    encode_checked(command)
}

mod sealed {
    use crate::command::EncodeError;
    use serde::Serialize;

    #[expect(
        unnameable_types,
        reason = "nobody else can implement what nobody can name"
    )]
    pub trait Sealed: Serialize {
        /// What the size does not tell.
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
