//! The documented dispatches: one table, and the type made from it.

mod kind;
mod table;

pub use self::kind::{DispatchKind, Typing};
pub(crate) use self::table::with_dispatch_table;
