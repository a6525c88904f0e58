//! Errors on one line.

use std::error::Error;

/// Returns `text`, followed by the texts of `error` and of its sources that it does not contain yet.
///
/// Some errors show the text of their source, and others leave it to the caller. The result has each once:
///
/// ```
/// use gloaming_shard::error::{ConnectError, ConnectErrorKind, with_causes};
///
/// let error = ConnectError::new(ConnectErrorKind::Tcp)
///     .with_endpoint("gateway.test:443")
///     .with_source("connection refused");
/// assert_eq!(
///     with_causes("no connection", Some(&error)),
///     "no connection: could not reach gateway.test:443; check the network and firewalls between \
///      this machine and the host: connection refused"
/// );
/// ```
#[must_use]
pub fn with_causes(text: impl Into<String>, error: Option<&(dyn Error + 'static)>) -> String {
    let mut line = text.into();
    let mut next = error;
    while let Some(error) = next {
        let text = error.to_string();
        if !line.contains(&text) {
            line.push_str(": ");
            line.push_str(&text);
        }
        next = error.source();
    }
    line
}
