//! Gateway URLs, and what may be shown of them.

mod error;
mod gateway_url;
mod redacted;

pub use self::error::{UrlError, UrlErrorKind};
pub use self::gateway_url::GatewayUrl;
pub use self::redacted::RedactedUrl;
