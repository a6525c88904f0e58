//! A watch of the leases.

use crate::{
    bucket::{Bucket, Content},
    error::{Cause, NatsError},
    record::{LeaseKey, NodeTerm},
    replica::LeaseReplica,
    server_time::ServerTime,
};
use async_nats::{Message, StatusCode, Subscriber};
use futures_util::StreamExt as _;
use gloaming_coordinator::{CoordinatorError, LeaseChange, LeaseWatch};
use gloaming_queue::BoxFuture;
use serde::{Deserialize, Serialize};
use std::{collections::VecDeque, time::Duration};
use tokio::time::{sleep, timeout};

/// How often the server says that it is there while nothing changes.
const HEARTBEAT: Duration = Duration::from_secs(1);

/// Without a message for this long, the server has lost the consumer.
const SILENCE: Duration = Duration::from_secs(3);

/// How long the server keeps the consumer of a process that is gone.
const INACTIVE: Duration = Duration::from_secs(10);

/// How long to wait after an attempt to start that failed.
const RETRY: Duration = Duration::from_millis(500);

/// A watch of the leases in a bucket.
///
/// A consumer of the server sends the last message of each key, and then what follows. After any doubt, whether messages are
/// missing or whether the server has lost its last seconds, another one starts from the beginning.
#[derive(Debug)]
pub(crate) struct NatsWatch {
    bucket: Bucket,
    consumer: Option<Consumer>,
}

/// A consumer of the server, and what it has sent.
#[derive(Debug)]
struct Consumer {
    messages: Subscriber,
    /// The interruptions of the connection when it was started.
    interruptions: u64,
    /// The number of messages that it has sent.
    received: u64,
    /// The sequence of the stream of the last one.
    position: u64,
    /// The time of the server when it was started.
    started: ServerTime,
    replica: LeaseReplica,
    ready: VecDeque<LeaseChange>,
    progress: Progress,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Progress {
    /// The leases as of the start are still on their way.
    Collecting,
    Following,
}

/// Why a consumer is replaced.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Doubt {
    Interrupted,
    Silent,
    /// Messages are missing.
    Gap,
    /// The stream has fewer messages than before.
    RolledBack,
}

impl NatsWatch {
    pub(crate) async fn start(bucket: Bucket) -> Result<Self, NatsError> {
        let consumer = Some(Consumer::start(&bucket).await?);
        Ok(Self { bucket, consumer })
    }

    async fn next_change(&mut self) -> Result<LeaseChange, NatsError> {
        loop {
            let Some(consumer) = &mut self.consumer else {
                match Consumer::start(&self.bucket).await {
                    Ok(consumer) => self.consumer = Some(consumer),
                    Err(error) if *error.cause() == Cause::Unreachable => {
                        tracing::debug!("a watch of the leases can't start yet: {error}");
                        sleep(RETRY).await;
                    }
                    Err(error) => return Err(error),
                }
                continue;
            };
            if let Some(change) = consumer.ready.pop_front() {
                return Ok(change);
            }
            if let Err(doubt) = consumer.receive(&self.bucket).await {
                tracing::debug!(?doubt, "a watch of the leases starts again");
                self.consumer = None;
            }
        }
    }
}

impl Consumer {
    async fn start(bucket: &Bucket) -> Result<Self, NatsError> {
        #[derive(Serialize)]
        struct Create<'a> {
            stream_name: &'a str,
            config: Config,
        }
        #[derive(Serialize)]
        struct Config {
            description: &'static str,
            deliver_subject: String,
            deliver_policy: &'static str,
            filter_subject: String,
            ack_policy: &'static str,
            replay_policy: &'static str,
            idle_heartbeat: u64,
            inactive_threshold: u64,
            mem_storage: bool,
            num_replicas: u8,
        }
        #[derive(Deserialize)]
        struct Created {
            #[serde(default)]
            num_pending: u64,
        }
        use crate::stream_config::nanos;
        let api = bucket.api();
        let interruptions = api.link().interruptions();
        let inbox = api.client().new_inbox();
        let messages = api.subscribe(inbox.clone()).await?;
        let started = api.server_time(bucket.stream()).await?;
        let create = Create {
            stream_name: bucket.stream(),
            config: Config {
                description: "A node watches the leases",
                deliver_subject: inbox,
                deliver_policy: "last_per_subject",
                filter_subject: bucket.subject(">"),
                ack_policy: "none",
                replay_policy: "instant",
                idle_heartbeat: nanos(HEARTBEAT),
                inactive_threshold: nanos(INACTIVE),
                mem_storage: true,
                num_replicas: 1,
            },
        };
        let subject = format!("CONSUMER.CREATE.{}", bucket.stream());
        let Created { num_pending } = api.request(&subject, &create).await?;
        let mut consumer = Self {
            messages,
            interruptions,
            received: 0,
            position: 0,
            started,
            replica: LeaseReplica::default(),
            ready: VecDeque::new(),
            progress: Progress::Collecting,
        };
        if num_pending == 0 {
            consumer.follow();
        }
        Ok(consumer)
    }

    /// Waits for a message. Nothing is lost if the future is dropped.
    async fn receive(&mut self, bucket: &Bucket) -> Result<(), Doubt> {
        let message = tokio::select! {
            biased;
            () = bucket.api().link().interrupted_after(self.interruptions) => {
                return Err(Doubt::Interrupted);
            }
            message = timeout(SILENCE, self.messages.next()) => message,
        };
        match message {
            Ok(Some(message)) if message.status == Some(StatusCode::IDLE_HEARTBEAT) => {
                self.heartbeat(&message)
            }
            Ok(Some(message)) => self.message(bucket, message),
            Ok(None) => Err(Doubt::Interrupted),
            Err(_) => Err(Doubt::Silent),
        }
    }

    fn heartbeat(&mut self, message: &Message) -> Result<(), Doubt> {
        let number = |name: &str| {
            let value = message.headers.as_ref()?.get(name)?;
            value.as_str().parse::<u64>().ok()
        };
        if number("Nats-Last-Consumer").is_some_and(|sent| sent > self.received) {
            return Err(Doubt::Gap);
        }
        if number("Nats-Last-Stream").is_some_and(|last| last < self.position) {
            return Err(Doubt::RolledBack);
        }
        // The server has nothing more to send.
        self.follow();
        Ok(())
    }

    fn message(&mut self, bucket: &Bucket, message: Message) -> Result<(), Doubt> {
        let position = message.reply.as_deref().and_then(Position::parse);
        let (Some(position), Some(key)) = (position, bucket.key(&message.subject)) else {
            tracing::debug!(subject = %message.subject, "a message is not one of the consumer");
            return Ok(());
        };
        if position.consumer != self.received + 1 {
            return Err(Doubt::Gap);
        }
        if position.stream <= self.position {
            return Err(Doubt::RolledBack);
        }
        self.received = position.consumer;
        self.position = position.stream;
        let headers = message.headers.unwrap_or_default();
        let mut content = Content::of_message(headers, message.payload);
        if self.has_ended(key, position.time, &content) {
            content = Content::Absent;
        }
        match self.replica.apply(key, &content) {
            Ok(Some(change)) if self.progress == Progress::Following => {
                self.ready.push_back(change);
            }
            Ok(_) => {}
            Err(_) => tracing::warn!(
                key,
                stream = bucket.stream(),
                "the stream of leases has a value that no node of this version writes: if a newer version wrote it, update \
                 this node; otherwise delete the key"
            ),
        }
        if position.pending == 0 {
            self.follow();
        }
        Ok(())
    }

    /// Returns whether this is the lease of a node whose time was over when the consumer was started. A server that was killed
    /// may have messages again that it had removed, and keep them for a while.
    fn has_ended(&self, key: &str, time: ServerTime, content: &Content) -> bool {
        match (LeaseKey::parse(key), content) {
            (Some(LeaseKey::Node(node)), Content::Present { value, .. }) => {
                let term = NodeTerm::decode(&node, value);
                term.is_some_and(|term| time.is_over(term.ttl, self.started))
            }
            _ => false,
        }
    }

    /// Begins to yield changes, after a snapshot of what is known.
    fn follow(&mut self) {
        if self.progress == Progress::Collecting {
            self.progress = Progress::Following;
            let snapshot = LeaseChange::Snapshot(self.replica.view().clone());
            self.ready.push_back(snapshot);
        }
    }
}

impl LeaseWatch for NatsWatch {
    fn next(&mut self) -> BoxFuture<'_, Result<LeaseChange, CoordinatorError>> {
        Box::pin(async { Ok(self.next_change().await?) })
    }
}

/// Where a message is, as the subject for its acknowledgement says.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Position {
    stream: u64,
    consumer: u64,
    /// When the server stored it.
    time: ServerTime,
    /// How many messages follow that the consumer has not sent yet.
    pending: u64,
}

impl Position {
    /// Reads `$JS.ACK.<stream>.<consumer>.<delivered>.<stream position>.<consumer position>.<time>.<pending>`, or the same with a
    /// domain and an account after `ACK`.
    fn parse(subject: &str) -> Option<Self> {
        let parts: Vec<_> = subject.strip_prefix("$JS.ACK.")?.split('.').collect();
        let numbers = match parts.len() {
            7 => &parts[3..7],
            9.. => &parts[5..9],
            _ => return None,
        };
        let number = |index: usize| numbers[index].parse().ok();
        Some(Self {
            stream: number(0)?,
            consumer: number(1)?,
            time: ServerTime::from_nanos(number(2)?),
            pending: number(3)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn position_is_read_from_both_forms_of_the_subject() {
        let expected = Some(Position {
            stream: 41,
            consumer: 7,
            time: ServerTime::parse("2026-11-30T10:54:29.887627223Z").unwrap(),
            pending: 3,
        });
        for subject in [
            "$JS.ACK.KV_b.consumer.1.41.7.1796036069887627223.3",
            "$JS.ACK.hub.account.KV_b.consumer.1.41.7.1796036069887627223.3",
            "$JS.ACK._.account.KV_b.consumer.1.41.7.1796036069887627223.3.token",
        ] {
            assert_eq!(Position::parse(subject), expected, "{subject}");
        }
        for subject in ["", "$JS.ACK.a", "_INBOX.a.b", "$JS.ACK.a.b.1.x.7.8.9"] {
            assert_eq!(Position::parse(subject), None, "{subject}");
        }
    }
}
