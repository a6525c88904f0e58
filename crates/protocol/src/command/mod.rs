//! Payloads that clients send: encoders, which reject what the gateway would reject.

mod command_payload;
mod encode;
mod encode_command;
mod encode_error;
mod heartbeat;
mod identify;
mod request_channel_info;
mod request_soundboard_sounds;
mod resume;

pub use self::command_payload::CommandPayload;
pub use self::encode::check_size;
pub use self::encode_command::{Command, encode_command};
pub use self::encode_error::{EncodeError, EncodeErrorKind};
pub use self::heartbeat::encode_heartbeat;
pub use self::identify::{Identify, default_identify_properties};
pub use self::request_channel_info::{ChannelInfoField, RequestChannelInfo};
pub use self::request_soundboard_sounds::RequestSoundboardSounds;
pub use self::resume::encode_resume;
