//! Gateway URLs, and what may be shown of them.

mod error;
mod gateway_url;
mod host;
mod redacted;
mod resume_hosts;
mod resume_url_error;

pub use self::error::{UrlError, UrlErrorKind};
pub use self::gateway_url::GatewayUrl;
pub use self::redacted::RedactedUrl;
pub use self::resume_hosts::ResumeHosts;
pub use self::resume_url_error::{ResumeUrlError, ResumeUrlErrorKind};
