//! Errors of [`MessageSender`](crate::MessageSender).

use gloaming_protocol::Intents;
use std::{
    error::Error,
    fmt::{self, Display, Formatter},
};
use tokio::sync::mpsc;

/// A command, payload or close frame could not be queued. Nothing went on the wire.
#[derive(Debug)]
pub struct SendError {
    kind: SendErrorKind,
    source: Option<Box<dyn Error + Send + Sync>>,
}

/// Why something could not be queued.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum SendErrorKind {
    /// The shard has stopped or was dropped.
    Closed,
    /// Too many commands wait to be sent. Send less, or wait for outcomes.
    Full,
    /// The command breaks a limit of the gateway's: 4096 bytes in all (P21), 32 of a nonce (P24).
    Invalid,
    /// The session does not have these intents, and the gateway answers no such request without them (P24):
    /// all members need `GUILD_MEMBERS`, presences need `GUILD_PRESENCES`.
    MissingIntents(Intents),
    /// A close frame may not have this code (RFC 6455 section 7.4): use 1000 to 1003, 1007 to 1014 or 3000
    /// to 4999.
    UnsendableCloseCode(u16),
}

impl SendError {
    pub(crate) const fn new(kind: SendErrorKind) -> Self {
        Self { kind, source: None }
    }

    /// The queue to the shard did not take it.
    pub(crate) fn refused<T>(error: mpsc::error::TrySendError<T>) -> Self {
        Self::new(match error {
            mpsc::error::TrySendError::Full(_) => SendErrorKind::Full,
            mpsc::error::TrySendError::Closed(_) => SendErrorKind::Closed,
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

    /// Why.
    #[must_use]
    pub const fn kind(&self) -> &SendErrorKind {
        &self.kind
    }

    /// The cause, if there is one.
    #[must_use]
    pub fn into_source(self) -> Option<Box<dyn Error + Send + Sync>> {
        self.source
    }

    /// Both.
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
            f.write_str("the gateway does not answer this without the intents ")?;
            for (place, (name, _)) in intents.iter_names().enumerate() {
                f.write_str(if place == 0 { "" } else { ", " })?;
                f.write_str(name)?;
            }
            return f.write_str("; make the shard with them");
        }
        f.write_str(match self.kind {
            SendErrorKind::Closed => "the shard has stopped; nothing can be sent through it",
            SendErrorKind::Full => {
                "too many commands wait to be sent; send less, or wait for their outcomes"
            }
            SendErrorKind::Invalid
            | SendErrorKind::MissingIntents(_)
            | SendErrorKind::UnsendableCloseCode(_) => "the command breaks a limit of the gateway",
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
