//! A bucket of keys, on a stream with one message per key.

use crate::{
    api::{Api, PublishAnswer, StoredMessage},
    error::{Cause, NatsError},
    server_time::ServerTime,
    stream_config::StreamConfig,
};
use async_nats::HeaderMap;
use bytes::Bytes;
use serde::Deserialize;
use std::time::Duration;

/// A header of the server: why it has put a message without a value in place of one whose time was over.
const MARKER_REASON: &str = "Nats-Marker-Reason";

/// A header of clients of key-value buckets: the key was deleted.
const OPERATION: &str = "KV-Operation";

/// What a key needs of the space of a message, roughly, beside the value.
const OVERHEAD: usize = 1024;

/// How long a deleted key is remembered.
const DELETED_TTL: Duration = Duration::from_secs(60);

/// A bucket of keys. The sequence of the stream is the revision of a key.
#[derive(Clone, Debug)]
pub(crate) struct Bucket {
    api: Api,
    /// The name of the stream.
    stream: String,
    /// What precedes a key in the subject.
    prefix: String,
}

/// What a bucket has for a key.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    /// What the next write has to expect.
    pub(crate) revision: u64,
    /// When it was written, if it was.
    pub(crate) time: Option<ServerTime>,
    pub(crate) content: Content,
}

/// A value, or none.
#[derive(Clone, Debug)]
pub(crate) enum Content {
    /// The key was never written, was deleted, or its time is over.
    Absent,
    Present {
        headers: HeaderMap,
        value: Bytes,
    },
}

/// A value to be written.
#[derive(Clone, Debug)]
pub(crate) struct NewValue {
    pub(crate) headers: HeaderMap,
    pub(crate) value: Bytes,
    /// In whole seconds.
    pub(crate) ttl: Option<Duration>,
}

/// Whether a value was written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum WriteOutcome {
    Written {
        revision: u64,
    },
    /// The key has another revision than expected. Nothing was written.
    Conflict,
}

impl Bucket {
    /// Opens the bucket with this configuration, which is created if it does not exist.
    pub(crate) async fn open(api: &Api, config: &StreamConfig) -> Result<Self, NatsError> {
        ensure_stream(api, config).await?;
        let bucket = config.name.strip_prefix("KV_").unwrap_or(&config.name);
        Ok(Self {
            api: api.clone(),
            stream: config.name.clone(),
            prefix: format!("$KV.{bucket}."),
        })
    }

    pub(crate) const fn api(&self) -> &Api {
        &self.api
    }

    pub(crate) fn stream(&self) -> &str {
        &self.stream
    }

    /// Returns the subject of a key, or of all keys with `>`.
    pub(crate) fn subject(&self, key: &str) -> String {
        format!("{}{key}", self.prefix)
    }

    /// Returns the key of a subject.
    pub(crate) fn key<'a>(&self, subject: &'a str) -> Option<&'a str> {
        subject.strip_prefix(&self.prefix)
    }

    /// Returns the error of a value that can't be read.
    pub(crate) fn damaged(&self, key: &str) -> NatsError {
        self.api
            .damaged(format!("the key {key} of the stream {}", self.stream))
    }

    /// Fails if a value of this size is not accepted.
    pub(crate) fn check_size(&self, size: usize) -> Result<(), NatsError> {
        self.api.check_size(size.saturating_add(OVERHEAD))
    }

    /// Reads a key.
    pub(crate) async fn read(&self, key: &str) -> Result<Entry, NatsError> {
        let subject = self.subject(key);
        let last = self.api.last_message(&self.stream, &subject).await?;
        Ok(match last {
            None => Entry {
                revision: 0,
                time: None,
                content: Content::Absent,
            },
            Some(StoredMessage {
                sequence,
                time,
                headers,
                payload,
            }) => Entry {
                revision: sequence,
                time: Some(time),
                content: Content::of_message(headers, payload),
            },
        })
    }

    /// Writes a key, if its revision is still `expected`.
    pub(crate) async fn write(
        &self,
        key: &str,
        expected: u64,
        value: NewValue,
    ) -> Result<WriteOutcome, NatsError> {
        let NewValue {
            mut headers,
            value,
            ttl,
        } = value;
        headers.insert("Nats-Expected-Stream", self.stream.as_str());
        headers.insert(
            "Nats-Expected-Last-Subject-Sequence",
            expected.to_string().as_str(),
        );
        if let Some(ttl) = ttl {
            headers.insert("Nats-TTL", format!("{}s", ttl.as_secs().max(1)).as_str());
        }
        let published = self.api.publish(self.subject(key), headers, value).await?;
        Ok(match published {
            PublishAnswer::Stored { sequence } | PublishAnswer::Duplicate { sequence } => {
                WriteOutcome::Written { revision: sequence }
            }
            PublishAnswer::WrongLastSequence => WriteOutcome::Conflict,
        })
    }

    /// Deletes a key, if its revision is still `expected`.
    pub(crate) async fn delete(&self, key: &str, expected: u64) -> Result<WriteOutcome, NatsError> {
        let mut headers = HeaderMap::new();
        headers.insert(OPERATION, "DEL");
        let deleted = NewValue {
            headers,
            value: Bytes::new(),
            ttl: Some(DELETED_TTL),
        };
        self.write(key, expected, deleted).await
    }
}

impl Content {
    pub(crate) fn of_message(headers: HeaderMap, value: Bytes) -> Self {
        if headers.get(MARKER_REASON).is_some() || headers.get(OPERATION).is_some() {
            return Self::Absent;
        }
        Self::Present { headers, value }
    }
}

impl NewValue {
    pub(crate) fn new(value: impl Into<Bytes>) -> Self {
        Self {
            headers: HeaderMap::new(),
            value: value.into(),
            ttl: None,
        }
    }

    /// Lets the key end after this time, in whole seconds.
    pub(crate) const fn with_ttl(mut self, ttl: Duration) -> Self {
        self.ttl = Some(ttl);
        self
    }

    pub(crate) fn with_header(mut self, name: &'static str, value: u64) -> Self {
        self.headers.insert(name, value.to_string().as_str());
        self
    }
}

/// Creates a stream, or checks the one that exists.
pub(crate) async fn ensure_stream(api: &Api, config: &StreamConfig) -> Result<(), NatsError> {
    #[derive(Deserialize)]
    struct Info {
        config: StreamConfig,
    }
    let name = &config.name;
    let info = format!("STREAM.INFO.{name}");
    let existing: Option<Info> = api.request_stream(&info).await.map_err(|error| {
        // Nobody answers requests of an account without JetStream.
        match error.cause() {
            Cause::Unreachable if is_unanswered(&error) => {
                api.error(Cause::NoJetStream).with_source(error)
            }
            _ => error,
        }
    })?;
    let existing = match existing {
        Some(existing) => existing,
        None => {
            let create = format!("STREAM.CREATE.{name}");
            let created: Result<Info, _> = api.request(&create, config).await;
            match created {
                Ok(created) => created,
                // Another node may have created it at the same time.
                Err(error) => {
                    let existing = api.request_stream(&info).await?;
                    existing.ok_or(error)?
                }
            }
        }
    };
    if let Some(setting) = config.difference(&existing.config) {
        let stream = name.clone();
        return Err(api.error(Cause::WrongStream { stream, setting }));
    }
    Ok(())
}

fn is_unanswered(error: &NatsError) -> bool {
    use async_nats::{RequestError, RequestErrorKind};
    let source = std::error::Error::source(error);
    let source = source.and_then(|source| source.downcast_ref::<RequestError>());
    source.is_some_and(|source| source.kind() == RequestErrorKind::NoResponders)
}
