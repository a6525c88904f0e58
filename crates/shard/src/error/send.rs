//! The error of [`MessageSender`](crate::MessageSender).

use crate::inbox::Refused;
use gloaming_protocol::Intents;
use std::{
    error::Error,
    fmt::{self, Display, Formatter},
};

/// A command, payload or close frame was not queued (caller). Nothing was sent.
///
/// twilight-gateway has this error as `ChannelError`.
#[derive(Debug)]
pub struct SendError {
    kind: SendErrorKind,
    source: Option<Box<dyn Error + Send + Sync>>,
}

/// The reason why a command, payload or close frame was not queued.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum SendErrorKind {
    /// The shard has stopped or was dropped.
    Closed,
    /// The queue is full.
    Full,
    /// The command exceeds a limit of the gateway: 4096 bytes for a payload
    /// ([P21](gloaming_protocol::rules#p21)), 32 bytes for a nonce ([P24](gloaming_protocol::rules#p24)). The
    /// source names the limit.
    Invalid,
    /// The shard lacks these intents, without which the gateway does not answer the request
    /// ([P24](gloaming_protocol::rules#p24)): full member lists require `GUILD_MEMBERS`, presences require
    /// `GUILD_PRESENCES`.
    MissingIntents(Intents),
    /// A close frame may not have this code. RFC 6455 section 7.4 allows 1000 to 1003, 1007 to 1014 and 3000
    /// to 4999.
    UnsendableCloseCode(u16),
}

impl SendError {
    pub(crate) const fn new(kind: SendErrorKind) -> Self {
        Self { kind, source: None }
    }

    /// The channel to the shard rejected the value.
    pub(crate) const fn refused(reason: Refused) -> Self {
        Self::new(match reason {
            Refused::Full => SendErrorKind::Full,
            Refused::Closed => SendErrorKind::Closed,
        })
    }

    pub(crate) fn caused_by(
        kind: SendErrorKind,
        source: impl Error + Send + Sync + 'static,
    ) -> Self {
        Self {
            kind,
            source: Some(Box::new(source)),
        }
    }

    /// Returns the kind, by reference for compatibility with twilight-gateway.
    #[must_use]
    pub const fn kind(&self) -> &SendErrorKind {
        &self.kind
    }

    /// Returns the source, if there is one.
    #[must_use]
    pub fn into_source(self) -> Option<Box<dyn Error + Send + Sync>> {
        self.source
    }

    /// Returns the kind and the source.
    #[must_use]
    pub fn into_parts(self) -> (SendErrorKind, Option<Box<dyn Error + Send + Sync>>) {
        (self.kind, self.source)
    }
}

impl Display for SendError {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if let SendErrorKind::UnsendableCloseCode(code) = self.kind {
            return write!(
                f,
                "close code {code} may not be sent; use 1000 to 1003, 1007 to 1014 or 3000 to 4999"
            );
        }
        if let SendErrorKind::MissingIntents(intents) = self.kind {
            f.write_str("the gateway does not answer this request without the intents ")?;
            for (place, (name, _)) in intents.iter_names().enumerate() {
                f.write_str(if place == 0 { "" } else { ", " })?;
                f.write_str(name)?;
            }
            return f.write_str("; add them to the shard's configuration");
        }
        if let (SendErrorKind::Invalid, Some(reason)) = (&self.kind, &self.source) {
            return write!(f, "the command exceeds a limit of the gateway: {reason}");
        }
        f.write_str(match self.kind {
            SendErrorKind::Closed => "the shard has stopped; start another shard to send",
            SendErrorKind::Full => {
                "too many commands wait to be sent; send fewer, or await their outcomes"
            }
            SendErrorKind::Invalid
            | SendErrorKind::MissingIntents(_)
            | SendErrorKind::UnsendableCloseCode(_) => {
                "the command exceeds a limit of the gateway; change the command"
            }
        })
    }
}

impl Error for SendError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source
            .as_deref()
            .map(|source| source as &(dyn Error + 'static))
    }
}
