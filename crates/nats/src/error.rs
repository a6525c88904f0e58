use crate::address::Servers;
use gloaming_coordinator::{CoordinatorError, CoordinatorErrorKind};
use std::{
    error::Error,
    fmt::{self, Debug, Display, Formatter},
};

type Source = Box<dyn Error + Send + Sync>;

/// A call to NATS failed. It names the servers, and no credentials.
///
/// The traits of the coordinator return it as the source of a [`CoordinatorError`].
#[derive(Debug)]
pub struct NatsError {
    cause: Cause,
    servers: Option<Servers>,
    source: Option<Source>,
}

/// Why a call to NATS failed.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum NatsErrorKind {
    /// An address, a name or a file in the configuration can't be used. The caller has to change it.
    Configuration,
    /// What the server has stored can't be read: another program wrote it, or a newer version of this library.
    Damaged,
    /// The server refuses the credentials, or does not permit this user what a node does.
    Denied,
    /// The server answered with an error.
    Failed,
    /// A stream has no room.
    Full,
    /// JetStream is off, for the server or for the account.
    NoJetStream,
    /// The server is older than 2.11, which is the first that can end single messages.
    TooOld,
    /// The number of the bot's shards is not known, since no node has started yet.
    NoShards,
    /// A command has no reply: its owner died, or the reply was lost. Whether it was sent is not known.
    OutcomeUnknown,
    /// A message exceeds the `max_payload` of the server.
    TooLarge,
    /// The server can't be reached, did not answer in time, or is one of a cluster that has no leader yet.
    Unreachable,
    /// A stream exists, and has a setting with which leases, sessions or events would not be safe.
    WrongStream,
}

/// The kind of an error, with what its text needs.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Cause {
    Configuration {
        detail: String,
    },
    Damaged {
        /// The stream and the key or subject.
        place: String,
    },
    Denied,
    Failed {
        /// The number of the error in NATS' own list, or 0.
        code: u64,
        /// What the server said.
        description: String,
    },
    Full,
    NoJetStream,
    NoShards,
    OutcomeUnknown,
    TooOld {
        version: String,
    },
    TooLarge {
        /// What the server accepts, in bytes.
        limit: usize,
    },
    Unreachable,
    WrongStream {
        stream: String,
        /// The setting, and what it has to be.
        setting: String,
    },
}

impl NatsError {
    pub(crate) fn new(cause: Cause, servers: &Servers) -> Self {
        Self {
            cause,
            servers: Some(servers.clone()),
            source: None,
        }
    }

    pub(crate) fn of_address(detail: &str) -> Self {
        let detail = format!("the address of the servers can't be used: {detail}");
        Self::of_configuration(detail)
    }

    pub(crate) fn of_name(name: &str, most: usize) -> Self {
        let name = name.chars().take(most).collect::<String>();
        let detail = format!(
            "`{}` can't name a bot: 1 to {most} letters, digits, `-` and `_` can",
            name.escape_debug()
        );
        Self::of_configuration(detail)
    }

    pub(crate) fn of_group(name: &str, most: usize) -> Self {
        let name = name.chars().take(most).collect::<String>();
        let detail = format!(
            "`{}` can't name a group of workers: 1 to {most} letters, digits, `-` and `_` can",
            name.escape_debug()
        );
        Self::of_configuration(detail)
    }

    pub(crate) fn of_stream_name(name: &str, most: usize) -> Self {
        let name = name.chars().take(most).collect::<String>();
        let detail = format!(
            "`{}` can't name a stream of events: 1 to {most} letters, digits and `_` can, and neither `commands` nor `nobody`",
            name.escape_debug()
        );
        Self::of_configuration(detail)
    }

    pub(crate) const fn of_configuration(detail: String) -> Self {
        Self {
            cause: Cause::Configuration { detail },
            servers: None,
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
    pub const fn kind(&self) -> NatsErrorKind {
        match self.cause {
            Cause::Configuration { .. } => NatsErrorKind::Configuration,
            Cause::Damaged { .. } => NatsErrorKind::Damaged,
            Cause::Denied => NatsErrorKind::Denied,
            Cause::Failed { .. } => NatsErrorKind::Failed,
            Cause::Full => NatsErrorKind::Full,
            Cause::NoJetStream => NatsErrorKind::NoJetStream,
            Cause::NoShards => NatsErrorKind::NoShards,
            Cause::OutcomeUnknown => NatsErrorKind::OutcomeUnknown,
            Cause::TooOld { .. } => NatsErrorKind::TooOld,
            Cause::TooLarge { .. } => NatsErrorKind::TooLarge,
            Cause::Unreachable => NatsErrorKind::Unreachable,
            Cause::WrongStream { .. } => NatsErrorKind::WrongStream,
        }
    }

    pub(crate) const fn cause(&self) -> &Cause {
        &self.cause
    }
}

impl Display for NatsError {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let servers = self.servers.as_ref().map(Servers::to_string);
        let servers = servers.unwrap_or_default();
        match &self.cause {
            Cause::Configuration { detail } => {
                write!(f, "the configuration of NATS is wrong: {detail}")
            }
            Cause::Damaged { place } => write!(
                f,
                "what {place} has on NATS at {servers} can't be read: if a newer version of the nodes wrote it, update \
                 this one; otherwise delete it while no node runs"
            ),
            Cause::Denied => write!(
                f,
                "NATS at {servers} denies access: check the credentials and the permissions of the user"
            ),
            Cause::Failed { code, description } => write!(
                f,
                "NATS at {servers} answered with error {code}, `{}`: check the log of the server",
                description.escape_debug()
            ),
            Cause::Full => write!(
                f,
                "a stream on NATS at {servers} has no room: if it is that of events, start more workers, or find out why they \
                 acknowledge none; otherwise raise its limits, or free the disk of the server"
            ),
            Cause::NoJetStream => write!(
                f,
                "NATS at {servers} has no `JetStream`: start it with `-js` or a block `jetstream`, and enable it for the account"
            ),
            Cause::NoShards => write!(
                f,
                "the nodes have agreed on no number of shards on NATS at {servers}: start a node of the bot, or set the number"
            ),
            Cause::OutcomeUnknown => write!(
                f,
                "no reply to a command came by NATS at {servers}: whether it was sent is not known; repeat it with the same id \
                 within two minutes, if it may be sent twice should its shard have moved"
            ),
            Cause::TooOld { version } => write!(
                f,
                "NATS at {servers} has version {}: update it to 2.11 or later",
                version.escape_debug()
            ),
            Cause::TooLarge { limit } => write!(
                f,
                "NATS at {servers} accepts messages of {limit} bytes, and that is too little: raise its `max_payload` to 1 MB \
                 or more, or store less with a session"
            ),
            Cause::Unreachable => write!(
                f,
                "NATS at {servers} does not answer, or has no leader yet: check that it runs, that this host reaches it, and \
                 the certificates if it uses TLS"
            ),
            Cause::WrongStream { stream, setting } => write!(
                f,
                "the stream {stream} on NATS at {servers} is not as nodes need it: {setting}; change it with `nats stream \
                 edit {stream}`, or delete the stream while no node runs"
            ),
        }
    }
}

impl Error for NatsError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        let source = self.source.as_deref()?;
        Some(source)
    }
}

impl From<NatsError> for CoordinatorError {
    fn from(error: NatsError) -> Self {
        let kind = match error.kind() {
            NatsErrorKind::Damaged => CoordinatorErrorKind::Damaged,
            NatsErrorKind::Full => CoordinatorErrorKind::Full,
            NatsErrorKind::TooLarge => CoordinatorErrorKind::TooLarge,
            NatsErrorKind::Unreachable | NatsErrorKind::OutcomeUnknown => {
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

    fn error(cause: Cause) -> NatsError {
        let (servers, _) = Servers::parse("nats://bot:hunter2@one:4222,tls://two").unwrap();
        NatsError::new(cause, &servers)
    }

    fn all() -> Vec<NatsError> {
        let text = str::to_owned;
        let causes = [
            Cause::Damaged {
                place: text("the key ledger"),
            },
            Cause::Denied,
            Cause::Failed {
                code: 10_008,
                description: text("insufficient resources"),
            },
            Cause::Full,
            Cause::NoJetStream,
            Cause::NoShards,
            Cause::OutcomeUnknown,
            Cause::TooOld {
                version: text("2.9.25"),
            },
            Cause::TooLarge { limit: 1 },
            Cause::Unreachable,
            Cause::WrongStream {
                stream: text("KV_b"),
                setting: text("`max_age` has to be 0"),
            },
        ];
        let mut errors: Vec<_> = causes.into_iter().map(error).collect();
        errors.push(NatsError::of_address("a host is missing"));
        errors
    }

    #[test]
    fn texts_say_what_happened_where_and_what_to_do() {
        for error in all() {
            let text = error.to_string();
            assert!(text.starts_with(|c: char| c.is_lowercase()) || text.starts_with("NATS"));
            assert!(text.contains(": "), "{text}");
            assert!(
                !text.ends_with(['.', ':', ' ']) && !text.contains('\n'),
                "{text}"
            );
            assert!(!format!("{text} {error:?}").contains("hunter2"), "{text}");
            let place = "nats://one:4222, tls://two";
            let has_place = error.kind() == NatsErrorKind::Configuration || text.contains(place);
            assert!(has_place, "{text}");
        }
    }

    #[test]
    fn each_cause_has_a_kind_of_its_own() {
        let kinds: std::collections::HashSet<_> = all().iter().map(NatsError::kind).collect();
        assert_eq!(kinds.len(), all().len());
    }

    #[test]
    fn engine_tells_nodes_what_matters_to_them() {
        let kind = |cause| CoordinatorError::from(error(cause)).kind();
        assert_eq!(kind(Cause::Unreachable), CoordinatorErrorKind::Unreachable);
        let unknown = kind(Cause::OutcomeUnknown);
        assert_eq!(unknown, CoordinatorErrorKind::Unreachable);
        assert_eq!(kind(Cause::Full), CoordinatorErrorKind::Full);
        assert_eq!(kind(Cause::Denied), CoordinatorErrorKind::Failed);
        let error = CoordinatorError::from(error(Cause::TooLarge { limit: 1 }));
        assert_eq!(error.kind(), CoordinatorErrorKind::TooLarge);
        assert!(error.source().unwrap().is::<NatsError>());
    }
}
