use crate::address::Address;
use gloaming_coordinator::{CoordinatorError, CoordinatorErrorKind};
use std::{
    error::Error,
    fmt::{self, Debug, Display, Formatter},
};

type Source = Box<dyn Error + Send + Sync>;

/// A call to Redis failed. It names the server, and no credentials.
///
/// The traits of the coordinator return it as the source of a [`CoordinatorError`].
#[derive(Debug)]
pub struct RedisError {
    cause: Cause,
    server: Option<Address>,
    source: Option<Source>,
}

/// Why a call to Redis failed.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum RedisErrorKind {
    /// The address, a name or a file in the configuration can't be used. The caller has to change it.
    Configuration,
    /// What the server has stored can't be read: another program wrote it, or a newer version of this library.
    Damaged,
    /// The server refuses the credentials, or does not permit this user what a node does.
    Denied,
    /// The server may delete any key when its memory is full, leases and sessions included.
    Evicting,
    /// The server answered with an error.
    Failed,
    /// The server has no memory left.
    Full,
    /// The server is a replica, or has become one. Only a primary accepts writes.
    Replica,
    /// The server is older than Redis 6.2.
    TooOld,
    /// The caller passed more than is stored.
    TooLarge,
    /// The server can't be reached, did not answer in time, or is not ready yet.
    Unreachable,
}

/// The kind of an error, with what its text needs.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Cause {
    Configuration {
        detail: String,
    },
    Damaged {
        /// The key, and the field if it is known.
        place: String,
    },
    Denied,
    Evicting {
        /// The `maxmemory-policy`.
        policy: String,
    },
    Failed {
        /// The error as the server names it.
        code: String,
        /// What the server said.
        description: String,
    },
    Full,
    Replica,
    TooOld {
        version: String,
    },
    TooLarge {
        /// What is accepted, in bytes.
        limit: usize,
    },
    Unreachable,
}

impl RedisError {
    pub(crate) fn new(cause: Cause, server: &Address) -> Self {
        Self {
            cause,
            server: Some(server.clone()),
            source: None,
        }
    }

    pub(crate) fn of_address(detail: &str) -> Self {
        Self::of_configuration(format!("the address of the server can't be used: {detail}"))
    }

    pub(crate) fn of_name(name: &str, most: usize) -> Self {
        let name = name.chars().take(most).collect::<String>();
        Self::of_configuration(format!(
            "`{}` can't name a bot: 1 to {most} letters, digits, `-` and `_` can",
            name.escape_debug()
        ))
    }

    pub(crate) const fn of_configuration(detail: String) -> Self {
        Self {
            cause: Cause::Configuration { detail },
            server: None,
            source: None,
        }
    }

    pub(crate) fn with_source(self, source: impl Into<Source>) -> Self {
        Self {
            source: Some(source.into()),
            ..self
        }
    }

    /// Returns the kind of error.
    #[must_use]
    pub const fn kind(&self) -> RedisErrorKind {
        match self.cause {
            Cause::Configuration { .. } => RedisErrorKind::Configuration,
            Cause::Damaged { .. } => RedisErrorKind::Damaged,
            Cause::Denied => RedisErrorKind::Denied,
            Cause::Evicting { .. } => RedisErrorKind::Evicting,
            Cause::Failed { .. } => RedisErrorKind::Failed,
            Cause::Full => RedisErrorKind::Full,
            Cause::Replica => RedisErrorKind::Replica,
            Cause::TooOld { .. } => RedisErrorKind::TooOld,
            Cause::TooLarge { .. } => RedisErrorKind::TooLarge,
            Cause::Unreachable => RedisErrorKind::Unreachable,
        }
    }
}

impl Display for RedisError {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let server = self.server.as_ref().map(Address::to_string);
        let server = server.unwrap_or_default();
        match &self.cause {
            Cause::Configuration { detail } => {
                write!(f, "the configuration of Redis is wrong: {detail}")
            }
            Cause::Damaged { place } => write!(
                f,
                "what {} has on Redis at {server} can't be read: if a newer version of the nodes wrote it, update this one; \
                 otherwise delete it while no node runs",
                place.escape_debug()
            ),
            Cause::Denied => write!(
                f,
                "Redis at {server} denies access: check the credentials, and the commands and keys that the user may use"
            ),
            Cause::Evicting { policy } => write!(
                f,
                "Redis at {server} may delete leases and sessions when its memory is full, by its `maxmemory-policy` {}: set it \
                 to `noeviction`, or use a server of its own for the nodes",
                policy.escape_debug()
            ),
            Cause::Failed { code, description } => write!(
                f,
                "Redis at {server} answered with error {}, `{}`: check the log of the server",
                code.escape_debug(),
                description.escape_debug()
            ),
            Cause::Full => write!(
                f,
                "Redis at {server} has no memory left: raise its `maxmemory`, or delete what other programs have stored there"
            ),
            Cause::Replica => write!(
                f,
                "Redis at {server} is a replica, which accepts no writes: configure the address of the primary, or one that \
                 follows it"
            ),
            Cause::TooOld { version } => write!(
                f,
                "Redis at {server} has version {}: update it to 6.2 or later",
                version.escape_debug()
            ),
            Cause::TooLarge { limit } => write!(
                f,
                "no more than {limit} bytes are stored on Redis at {server} as one value: store less with a session"
            ),
            Cause::Unreachable => write!(
                f,
                "Redis at {server} does not answer, or is not ready yet: check that it runs, that this host reaches it, and the \
                 certificates if it uses TLS"
            ),
        }
    }
}

impl Error for RedisError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        let source = self.source.as_deref()?;
        Some(source)
    }
}

impl From<RedisError> for CoordinatorError {
    fn from(error: RedisError) -> Self {
        let kind = match error.kind() {
            RedisErrorKind::Damaged => CoordinatorErrorKind::Damaged,
            RedisErrorKind::TooLarge => CoordinatorErrorKind::TooLarge,
            RedisErrorKind::Full => CoordinatorErrorKind::Full,
            // Another server takes its place soon.
            RedisErrorKind::Replica | RedisErrorKind::Unreachable => {
                CoordinatorErrorKind::Unreachable
            }
            _ => CoordinatorErrorKind::Failed,
        };
        Self::with_source(kind, error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(cause: Cause) -> RedisError {
        let (server, _) = Address::parse("redis://bot:hunter2@one:7000").unwrap();
        RedisError::new(cause, &server)
    }

    fn all() -> Vec<RedisError> {
        let text = str::to_owned;
        let causes = [
            Cause::Damaged {
                place: text("the key {gloaming:b}:state"),
            },
            Cause::Denied,
            Cause::Evicting {
                policy: text("allkeys-lru"),
            },
            Cause::Failed {
                code: text("MISCONF"),
                description: text("Redis is configured to save snapshots"),
            },
            Cause::Full,
            Cause::Replica,
            Cause::TooOld {
                version: text("6.0.16"),
            },
            Cause::TooLarge { limit: 1 },
            Cause::Unreachable,
        ];
        let mut errors: Vec<_> = causes.into_iter().map(error).collect();
        errors.push(RedisError::of_address("a host is missing"));
        errors
    }

    #[test]
    fn texts_say_what_happened_where_and_what_to_do() {
        for error in all() {
            let text = error.to_string();
            assert!(text.starts_with(|c: char| c.is_lowercase()) || text.starts_with("Redis"));
            assert!(text.contains(": "), "{text}");
            assert!(
                !text.ends_with(['.', ':', ' ']) && !text.contains('\n'),
                "{text}"
            );
            assert!(!format!("{text} {error:?}").contains("hunter2"), "{text}");
            let is_configuration = error.kind() == RedisErrorKind::Configuration;
            let has_place = is_configuration || text.contains("redis://one:7000");
            assert!(has_place, "{text}");
        }
    }

    #[test]
    fn each_cause_has_a_kind_of_its_own() {
        let kinds: std::collections::HashSet<_> = all().iter().map(RedisError::kind).collect();
        assert_eq!(kinds.len(), all().len());
    }

    #[test]
    fn engine_tells_nodes_what_matters_to_them() {
        let kind = |cause| CoordinatorError::from(error(cause)).kind();
        assert_eq!(kind(Cause::Unreachable), CoordinatorErrorKind::Unreachable);
        assert_eq!(kind(Cause::Replica), CoordinatorErrorKind::Unreachable);
        assert_eq!(kind(Cause::Full), CoordinatorErrorKind::Full);
        assert_eq!(kind(Cause::Denied), CoordinatorErrorKind::Failed);
        let error = CoordinatorError::from(error(Cause::TooLarge { limit: 1 }));
        assert_eq!(error.kind(), CoordinatorErrorKind::TooLarge);
        assert!(error.source().unwrap().is::<RedisError>());
    }
}
