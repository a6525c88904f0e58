//! Close codes of the gateway, what a client does after each, and which shards they are about.

mod close_code;
mod disposition;
mod scope;

pub use self::close_code::{CloseCode, client_close_ends_session, disposition_of};
pub use self::disposition::Disposition;
pub use self::scope::CloseScope;
