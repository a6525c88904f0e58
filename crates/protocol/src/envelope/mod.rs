//! The envelope of a payload, `{op, d, s, t}`, which is read without parsing `d`.

mod envelope_error;
mod ids;
mod owned_payload;
mod payload;
mod scan;
mod usual_dispatch;

pub use self::envelope_error::{EnvelopeError, EnvelopeErrorKind};
pub(crate) use self::ids::{Path, channel_paths, guild_paths, user_paths};
pub use self::owned_payload::OwnedPayload;
pub use self::payload::Payload;
