//! Typed events, and events without a type.

mod decode;
mod event_error;
mod event_type_flags;
mod mismatch;
mod model_gaps;
mod repair;
mod repaired_event;
pub mod supplement;
mod time_offset;
mod unknown_event;

pub use self::decode::{Decoded, decode_event};
pub use self::event_error::EventError;
pub use self::event_type_flags::EventTypeFlags;
pub(crate) use self::repair::instant_of;
pub use self::repair::{Repair, RepairKind};
pub use self::repaired_event::{RepairReport, RepairedEvent};
pub use self::supplement::Supplement;
pub use self::unknown_event::UnknownEvent;
