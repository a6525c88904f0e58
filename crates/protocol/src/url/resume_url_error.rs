use super::RedactedUrl;
use crate::excerpt::Excerpt;
use std::error::Error;
use std::fmt::{self, Display, Formatter};

/// Why a session is not resumed on a URL.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum ResumeUrlErrorKind {
    /// It is no `ws://` or `wss://` URL of a host, contains credentials, or is over 2048 bytes.
    Invalid,
    /// It is not encrypted, although the main URL is.
    Unencrypted,
    /// Its host does not belong to the main URL, and was not [added](super::ResumeHosts::with).
    ForeignHost,
}

/// A URL on which a session is not resumed, since the token would be sent there ([P14](crate::rules#p14)). The server
/// that named it is at fault, or who stored the session.
///
/// It contains an [excerpt](crate::Excerpt) of scheme, host and port of the URL.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ResumeUrlError {
    kind: ResumeUrlErrorKind,
    origin: Box<str>,
}

impl ResumeUrlError {
    pub(super) fn new(kind: ResumeUrlErrorKind, url: &RedactedUrl<'_>) -> Self {
        let origin = Excerpt::new(&url.to_string()).to_string();
        Self {
            kind,
            origin: origin.into(),
        }
    }

    /// The kind of error.
    #[must_use]
    pub const fn kind(&self) -> ResumeUrlErrorKind {
        self.kind
    }

    /// An excerpt of scheme, host and port of the URL.
    #[must_use]
    pub const fn origin(&self) -> &str {
        &self.origin
    }
}

impl Display for ResumeUrlError {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "the resume url {} ", self.origin)?;
        f.write_str(match self.kind {
            ResumeUrlErrorKind::Invalid => {
                "is not a valid gateway url, and the session is resumed on the main url; correct \
                 the proxy that sent it, or what stored it"
            }
            ResumeUrlErrorKind::Unencrypted => {
                "is not encrypted although the main url is, and the session is resumed on the \
                 main url; correct the proxy that sent it, or what stored it"
            }
            ResumeUrlErrorKind::ForeignHost => {
                "names a host that does not belong to the main url, and the session is resumed on \
                 the main url; if the host may get the token, add it to the resume hosts"
            }
        })
    }
}

impl Error for ResumeUrlError {}
