//! Close codes of the gateway, and what a client does after each.

mod close_code;
mod disposition;

pub use self::close_code::{CloseCode, client_close_ends_session, disposition_of};
pub use self::disposition::Disposition;
