//! A watch of the leases.

use crate::{
    bucket::{Bucket, Content},
    error::{Cause, NatsError},
    follower::{Doubt, Follower, Position, Reading},
};
use async_nats::{Message, StatusCode, Subscriber};
use futures_util::StreamExt as _;
use gloaming_coordinator::{CoordinatorError, LeaseChange, LeaseWatch};
use gloaming_queue::BoxFuture;
use serde::{Deserialize, Serialize};
use std::time::Duration;
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

/// A consumer of the server.
#[derive(Debug)]
struct Consumer {
    messages: Subscriber,
    /// The interruptions of the connection when it was started.
    interruptions: u64,
    follower: Follower,
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
            if let Some(change) = consumer.follower.next() {
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
        let mut follower = Follower::new(started);
        if num_pending == 0 {
            // It can't be in doubt before the first message.
            _ = follower.idle(None, None);
        }
        Ok(Self {
            messages,
            interruptions,
            follower,
        })
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
            value.as_str().parse().ok()
        };
        let (sent, position) = (number("Nats-Last-Consumer"), number("Nats-Last-Stream"));
        self.follower.idle(sent, position)
    }

    fn message(&mut self, bucket: &Bucket, message: Message) -> Result<(), Doubt> {
        let position = message.reply.as_deref().and_then(Position::parse);
        let (Some(position), Some(key)) = (position, bucket.key(&message.subject)) else {
            tracing::debug!(subject = %message.subject, "a message is not one of the consumer");
            return Ok(());
        };
        let headers = message.headers.unwrap_or_default();
        let content = Content::of_message(headers, message.payload);
        if self.follower.message(position, key, &content)? == Reading::Unreadable {
            tracing::warn!(
                key,
                stream = bucket.stream(),
                "the stream of leases has a value that no node of this version writes: if a newer version wrote it, update \
                 this node; otherwise delete the key"
            );
        }
        Ok(())
    }
}

impl LeaseWatch for NatsWatch {
    fn next(&mut self) -> BoxFuture<'_, Result<LeaseChange, CoordinatorError>> {
        Box::pin(async { Ok(self.next_change().await?) })
    }
}
