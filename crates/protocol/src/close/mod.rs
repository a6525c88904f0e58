//! Close codes of the gateway, and what a client does after each.

mod close_code;
mod disposition;

pub use self::close_code::{CloseCode, disposition_of};
pub use self::disposition::Disposition;
