//! Errors on one line.

use gloaming_protocol::Excerpt;
use std::error::Error;

/// The most characters of the text of one source. Parsers quote what they can't read.
const MAX_CHARS_OF_A_SOURCE: usize = 1000;

/// Returns `text`, followed by the texts of `error` and of its sources that it does not contain yet.
///
/// The text of a source is an [`Excerpt`] of 1000 characters at most, since it may quote what the server sent.
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
        let text = Excerpt::up_to(&error.to_string(), MAX_CHARS_OF_A_SOURCE).to_string();
        if !line.contains(&text) {
            line.push_str(": ");
            line.push_str(&text);
        }
        next = error.source();
    }
    line
}
