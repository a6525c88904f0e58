//! The envelope of a payload, `{op, d, s, t}`, which is read without parsing `d`.

mod envelope_error;
mod guild_id;
mod owned_payload;
mod payload;
mod scan;

pub use self::envelope_error::{EnvelopeError, EnvelopeErrorKind};
pub use self::owned_payload::OwnedPayload;
pub use self::payload::Payload;
