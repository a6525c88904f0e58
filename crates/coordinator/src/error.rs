use std::{
    error::Error,
    fmt::{self, Display, Formatter},
};

type Source = Box<dyn Error + Send + Sync>;

/// A call to a coordinator's engine had no result.
///
/// A refusal, such as a lease that another node holds, is a result and not an error.
#[derive(Debug)]
pub struct CoordinatorError {
    kind: CoordinatorErrorKind,
    source: Option<Source>,
}

/// Why a call to a coordinator's engine had no result.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum CoordinatorErrorKind {
    /// What the engine has stored can't be read: the engine, a program or a person damaged it.
    Damaged,
    /// The engine answered with an error of its own. It did nothing.
    Failed,
    /// The consumers of the events are too slow, and the engine has no room for another one. It did nothing.
    Full,
    /// What the caller passed exceeds a bound of the engine. It did nothing.
    TooLarge,
    /// The network or the engine did not answer in time. Whether the call had an effect is not known.
    Unreachable,
}

impl CoordinatorError {
    /// Makes an error without a cause.
    #[must_use]
    pub const fn new(kind: CoordinatorErrorKind) -> Self {
        Self { kind, source: None }
    }

    /// Makes an error with a cause, which [`source`](Error::source) returns.
    #[must_use]
    pub fn with_source(kind: CoordinatorErrorKind, source: impl Into<Source>) -> Self {
        Self {
            kind,
            source: Some(source.into()),
        }
    }

    /// Returns the kind of error.
    #[must_use]
    pub const fn kind(&self) -> CoordinatorErrorKind {
        self.kind
    }
}

impl From<CoordinatorErrorKind> for CoordinatorError {
    fn from(kind: CoordinatorErrorKind) -> Self {
        Self::new(kind)
    }
}

impl Display for CoordinatorError {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            CoordinatorErrorKind::Damaged => {
                "the coordinator's engine has stored data that can't be read: repair or delete that data; shards whose \
                 session is deleted then identify"
            }
            CoordinatorErrorKind::Failed => {
                "the coordinator's engine failed: check its log; nodes repeat the call meanwhile"
            }
            CoordinatorErrorKind::Full => {
                "the coordinator's engine has no room for events: start more workers, or find out why they acknowledge \
                 none"
            }
            CoordinatorErrorKind::TooLarge => {
                "the caller passed more than the coordinator's engine stores: raise the bound of the engine, or store \
                 less with a session"
            }
            CoordinatorErrorKind::Unreachable => {
                "the coordinator's engine did not answer: check that it runs and that this host reaches it; shards stay \
                 connected meanwhile"
            }
        })
    }
}

impl Error for CoordinatorError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source
            .as_deref()
            .map(|source| source as &(dyn Error + 'static))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_names_who_is_at_fault_and_not_the_cause() {
        let error = CoordinatorError::with_source(CoordinatorErrorKind::Failed, "no quorum");
        assert!(
            error
                .to_string()
                .starts_with("the coordinator's engine failed:")
        );
        assert!(!error.to_string().contains("quorum"));
        assert_eq!(error.source().unwrap().to_string(), "no quorum");
        let bare = CoordinatorError::from(CoordinatorErrorKind::TooLarge);
        assert!(bare.to_string().starts_with("the caller passed more"));
        assert!(bare.source().is_none());
    }
}
