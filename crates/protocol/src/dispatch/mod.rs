//! The documented and announced dispatches: a table, and the enum generated from it.

mod kind;
mod table;

pub use self::kind::{DispatchKind, TypeSource};
pub(crate) use self::table::with_dispatch_table;
