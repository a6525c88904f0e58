//! gloaming-protocol

mod close_code;
mod command;
mod compression;
mod decode_error;
mod decoder;
mod dispatch_kind;
mod dispatch_table;
mod encode;
mod encode_error;
mod envelope;
mod event;
mod event_error;
mod event_type_flags;
mod guild_id;
mod identify;
#[cfg_attr(
    not(any(feature = "zlib-ng", feature = "zlib-stock", feature = "zlib-system")),
    path = "inflate_absent.rs"
)]
mod inflate;
mod json_parser;
mod json_scan;
pub mod limits;
mod model_gaps;
mod opcode;
mod output_buffer;
mod owned_payload;
mod payload;
mod request_channel_info;
mod request_soundboard_sounds;
mod routing;
mod token;
mod url;
mod zlib_payload;
mod zlib_stream;

pub use self::close_code::{CloseCode, Disposition, disposition_of};
pub use self::command::{Command, encode_command};
pub use self::compression::Compression;
pub use self::decode_error::{DecodeError, DecodeErrorKind};
pub use self::decoder::{Decoder, DecoderLimits, Frame};
pub use self::dispatch_kind::{DispatchKind, Typing};
pub use self::encode::{check_size, encode_heartbeat, encode_resume};
pub use self::encode_error::{EncodeError, EncodeErrorKind};
pub use self::envelope::{EnvelopeError, EnvelopeErrorKind};
pub use self::event::{Decoded, UnknownEvent, decode_event};
pub use self::event_error::EventError;
pub use self::event_type_flags::EventTypeFlags;
pub use self::identify::{Identify, default_identify_properties};
pub use self::json_parser::JsonParser;
pub use self::opcode::{Direction, OpCode};
pub use self::owned_payload::OwnedPayload;
pub use self::payload::Payload;
pub use self::request_channel_info::{ChannelInfoField, RequestChannelInfo};
pub use self::request_soundboard_sounds::RequestSoundboardSounds;
pub use self::routing::shard_of;
pub use self::token::Token;
pub use self::url::{UrlError, UrlErrorKind, gateway_url};
pub use twilight_model::gateway::event::{Event, EventType};
pub use twilight_model::gateway::payload::outgoing::identify::IdentifyProperties;
pub use twilight_model::gateway::payload::outgoing::update_presence::UpdatePresencePayload;
pub use twilight_model::gateway::{Capabilities, CloseFrame, Intents, ShardId};
