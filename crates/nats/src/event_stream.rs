//! The stream of a bot's events.

use crate::{
    error::NatsError,
    publish_lane::PublishOrder,
    stream_config::{StreamConfig, nanos},
};
use std::{sync::Arc, time::Duration};

/// How long the id of an event is known to the server.
const DEDUPE: Duration = Duration::from_secs(120);

/// The name of the stream that a bot has without another name.
const DEFAULT_NAME: &str = "events";

/// Names that a stream can't have, since their subjects are for other messages.
const RESERVED: [&str; 2] = ["commands", "nobody"];

/// The longest name of a stream.
const MAX_NAME: usize = 32;

/// A stream of a bot's events: how much it may hold, and when an event leaves it.
///
/// All nodes of a bot have the same. It applies when a node creates the stream; change one that exists with `nats stream edit`.
///
/// A bot can have several streams with [names](Self::named), each with other events and limits: publish to each what it is for.
///
/// ```
/// use gloaming_nats::{EventRetention, EventStream};
///
/// let stream = EventStream::new()
///     .with_retention(EventRetention::UntilAllGroupsAcknowledge)
///     .with_max_bytes(4 << 30);
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct EventStream {
    /// `None` for the default.
    name: Option<Arc<str>>,
    retention: EventRetention,
    max_bytes: u64,
    pub(crate) max_pending: usize,
    pub(crate) order: PublishOrder,
}

/// When an event leaves the stream.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum EventRetention {
    /// When a worker has acknowledged it. Each kind of event of a shard goes to one group of workers, and waits for that group if
    /// it does not exist yet.
    #[default]
    UntilAcknowledged,
    /// When each group of workers has acknowledged it. **An event that no group wants when it is published is lost**, so create
    /// the groups first.
    UntilAllGroupsAcknowledge,
}

impl EventStream {
    /// The default: 1 GiB, until an event is acknowledged, and 1,024 events that wait for the server.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            name: None,
            retention: EventRetention::UntilAcknowledged,
            max_bytes: 1 << 30,
            max_pending: 1024,
            order: PublishOrder::Pipelined,
        }
    }

    /// Makes a stream with a name of 1 to 32 letters, digits and `_`, as [`new`](Self::new) does. Its subjects are
    /// `gloaming.BOT.NAME.SHARD.EVENT`, and it is called `gloaming-BOT-NAME`. The default is called `events`.
    ///
    /// # Errors
    ///
    /// Fails if the name can't be used. `commands` and `nobody` are for other messages.
    pub fn named(name: &str) -> Result<Self, NatsError> {
        check_name(name)?;
        Ok(Self {
            name: Some(name.into()),
            ..Self::new()
        })
    }

    /// Returns the name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.name.as_deref().unwrap_or(DEFAULT_NAME)
    }

    /// Sets when an event leaves the stream.
    #[must_use]
    pub const fn with_retention(mut self, retention: EventRetention) -> Self {
        self.retention = retention;
        self
    }

    /// Sets how many bytes may wait for workers, at least 1 MiB. After that, publishing fails with
    /// [`Full`](gloaming_coordinator::CoordinatorErrorKind::Full), and nothing is dropped.
    #[must_use]
    pub fn with_max_bytes(mut self, bytes: u64) -> Self {
        self.max_bytes = bytes.clamp(1 << 20, i64::MAX as u64);
        self
    }

    /// Sets how many events of this process may wait for the server's acknowledgement, at least 1. The next one then waits.
    #[must_use]
    pub fn with_max_pending(mut self, events: usize) -> Self {
        self.max_pending = events.clamp(1, 1 << 16);
        self
    }

    /// Sets how many events of a shard this process publishes at the same time. The default is [`PublishOrder::Pipelined`].
    #[must_use]
    pub const fn with_order(mut self, order: PublishOrder) -> Self {
        self.order = order;
        self
    }

    pub(crate) fn config(&self, bot: &str, replicas: u8) -> StreamConfig {
        StreamConfig {
            name: stream_name(bot, self.name()),
            description: "The events of the bot".to_owned(),
            subjects: vec![format!("{}.>", subject_prefix(bot, self.name()))],
            retention: match self.retention {
                EventRetention::UntilAcknowledged => "workqueue".to_owned(),
                EventRetention::UntilAllGroupsAcknowledge => "interest".to_owned(),
            },
            // What has no room is refused. Dropping the oldest instead would lose events that no worker has seen.
            discard: "new".to_owned(),
            max_bytes: i64::try_from(self.max_bytes).unwrap_or(i64::MAX),
            duplicate_window: nanos(DEDUPE),
            ..StreamConfig::unlimited(replicas)
        }
    }
}

impl Default for EventStream {
    fn default() -> Self {
        Self::new()
    }
}

pub(crate) fn default_name() -> Arc<str> {
    DEFAULT_NAME.into()
}

/// Fails if a stream can't have this name.
pub(crate) fn check_name(name: &str) -> Result<(), NatsError> {
    // Without `-`, so that no stream of a bot is one of another bot.
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let is_name = (1..=MAX_NAME).contains(&name.len()) && name.chars().all(is_allowed);
    match is_name && !RESERVED.contains(&name) {
        true => Ok(()),
        false => Err(NatsError::of_stream_name(name, MAX_NAME)),
    }
}

pub(crate) fn stream_name(bot: &str, name: &str) -> String {
    format!("gloaming-{bot}-{name}")
}

/// Returns what precedes the number of the shard and the name of the event in a subject.
pub(crate) fn subject_prefix(bot: &str, name: &str) -> String {
    format!("gloaming.{bot}.{name}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stream_that_could_lose_events_is_not_used() {
        let wanted = EventStream::new().config("b", 1);
        let check = |name: &str, change: &dyn Fn(&mut StreamConfig)| {
            let mut existing = wanted.clone();
            change(&mut existing);
            let difference = wanted.difference(&existing).unwrap();
            assert!(difference.contains(name), "{difference}");
        };
        check("discard", &|it| it.discard = "old".to_owned());
        check("retention", &|it| it.retention = "limits".to_owned());
        check("max_bytes", &|it| it.max_bytes = -1);
        check("max_age", &|it| it.max_age = 1);
        check("duplicate_window", &|it| {
            it.duplicate_window = nanos(Duration::from_secs(119))
        });
        let larger = EventStream::new().with_max_bytes(8 << 30).config("b", 3);
        assert_eq!(wanted.difference(&larger), None);
    }

    #[test]
    fn streams_of_other_names_have_other_subjects() {
        let audit = EventStream::named("audit").unwrap().config("b", 1);
        assert_eq!(audit.name, "gloaming-b-audit");
        assert_eq!(audit.subjects, ["gloaming.b.audit.>"]);
        let default = EventStream::named("events").unwrap().config("b", 1);
        assert_eq!(default, EventStream::new().config("b", 1));
        for name in ["", "a-b", "a.b", "*", "ä", "commands", &"x".repeat(33)] {
            let error = EventStream::named(name).unwrap_err();
            assert!(error.to_string().contains("1 to 32"), "{error}");
        }
    }

    #[test]
    fn limits_are_kept_in_their_bounds() {
        let stream = EventStream::new().with_max_bytes(0).with_max_pending(0);
        assert_eq!((stream.max_bytes, stream.max_pending), (1 << 20, 1));
        let config = EventStream::default()
            .with_max_bytes(u64::MAX)
            .config("b", 1);
        assert_eq!(config.max_bytes, i64::MAX);
    }
}
