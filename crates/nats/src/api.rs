//! Requests to JetStream.

use crate::{
    address::Servers,
    error::{Cause, NatsError},
    link::{Complaint, Link},
    server_time::ServerTime,
};
use async_nats::{
    Client, HeaderMap, Message, Request, RequestErrorKind, Subscriber,
    connection::State,
    jetstream::{
        self,
        context::{PublishError, PublishErrorKind},
        stream::{ConsumerError, ConsumerErrorKind},
    },
};
use bytes::Bytes;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::{
    fmt::{self, Debug, Formatter},
    sync::Arc,
    time::Duration,
};

/// How long the server has for an answer.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(2);

/// How long a call may take that consists of several requests.
pub(crate) const CALL_TIMEOUT: Duration = Duration::from_secs(5);

/// Numbers of NATS' errors.
mod codes {
    pub(super) const JETSTREAM_NOT_ENABLED: [u64; 2] = [10_076, 10_039];
    /// The servers of a cluster elect a leader, or have not found each other yet.
    pub(super) const TEMPORARY: [u64; 3] = [10_004, 10_008, 10_009];
    pub(super) const NO_MESSAGE: u64 = 10_037;
    pub(super) const NO_STREAM: u64 = 10_059;
    /// The second is that of a cluster.
    pub(super) const WRONG_LAST_SEQUENCE: [u64; 2] = [10_071, 10_164];
    /// A limit of the stream is reached, or the storage of the server.
    pub(super) const NO_ROOM: [u64; 5] = [10_023, 10_028, 10_047, 10_077, 10_167];
}

/// A connection to the JetStream of the servers. Clones are the same connection.
#[derive(Clone)]
pub(crate) struct Api {
    client: Client,
    link: Arc<Link>,
    servers: Servers,
}

impl Debug for Api {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Api").field(&self.servers).finish()
    }
}

/// The answer to a message that was published.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum PublishAnswer {
    Stored {
        sequence: u64,
    },
    /// The stream has a message with the same id.
    Duplicate {
        sequence: u64,
    },
    /// The subject has another last message than the caller expected.
    WrongLastSequence,
}

/// A message of a stream.
#[derive(Clone, Debug)]
pub(crate) struct StoredMessage {
    pub(crate) sequence: u64,
    /// When the server stored it.
    pub(crate) time: ServerTime,
    pub(crate) headers: HeaderMap,
    pub(crate) payload: Bytes,
}

#[derive(Deserialize)]
struct Failure {
    #[serde(default)]
    err_code: u64,
    #[serde(default)]
    description: String,
}

#[derive(Deserialize)]
struct ErrorPart {
    error: Option<Failure>,
}

impl Api {
    pub(crate) const fn new(client: Client, link: Arc<Link>, servers: Servers) -> Self {
        Self {
            client,
            link,
            servers,
        }
    }

    pub(crate) const fn client(&self) -> &Client {
        &self.client
    }

    pub(crate) fn link(&self) -> &Link {
        &self.link
    }

    pub(crate) fn error(&self, cause: Cause) -> NatsError {
        NatsError::new(cause, &self.servers)
    }

    /// Returns the error of what is stored at `place` and can't be read.
    pub(crate) fn damaged(&self, place: impl Into<String>) -> NatsError {
        let place = place.into();
        self.error(Cause::Damaged { place })
    }

    /// Bounds the time of a call that consists of several requests.
    pub(crate) async fn bounded<T>(
        &self,
        call: impl Future<Output = Result<T, NatsError>>,
    ) -> Result<T, NatsError> {
        let unanswered = || Err(self.error(Cause::Unreachable));
        let timeout = tokio::time::timeout(CALL_TIMEOUT, call);
        timeout.await.unwrap_or_else(|_| unanswered())
    }

    /// Makes a request of JetStream's API.
    pub(crate) async fn request<T: DeserializeOwned>(
        &self,
        subject: &str,
        body: &impl Serialize,
    ) -> Result<T, NatsError> {
        let body = serde_json::to_vec(body).map_err(|error| {
            let detail = "a request can't be encoded".to_owned();
            NatsError::of_configuration(detail).with_source(error)
        })?;
        let request = Request::new().payload(body.into());
        let answer = self.send(format!("$JS.API.{subject}"), request).await?;
        self.read(&answer)
    }

    /// Makes a request about a stream that may not exist.
    pub(crate) async fn request_stream<T: DeserializeOwned>(
        &self,
        subject: &str,
    ) -> Result<Option<T>, NatsError> {
        let answer = self.request(subject, &()).await;
        some_unless(answer, codes::NO_STREAM)
    }

    /// Publishes a message to a stream, and waits until it is stored.
    pub(crate) async fn publish(
        &self,
        subject: String,
        headers: HeaderMap,
        payload: Bytes,
    ) -> Result<PublishAnswer, NatsError> {
        #[derive(Deserialize)]
        struct Stored {
            seq: u64,
            #[serde(default)]
            duplicate: bool,
        }
        let request = Request::new().headers(headers).payload(payload);
        let answer = self.send(subject, request).await?;
        match self.read::<Stored>(&answer) {
            Ok(Stored {
                seq: sequence,
                duplicate: false,
            }) => Ok(PublishAnswer::Stored { sequence }),
            Ok(Stored { seq: sequence, .. }) => Ok(PublishAnswer::Duplicate { sequence }),
            Err(error) => match error.cause() {
                Cause::Failed { code, .. } if codes::WRONG_LAST_SEQUENCE.contains(code) => {
                    Ok(PublishAnswer::WrongLastSequence)
                }
                _ => Err(error),
            },
        }
    }

    /// Returns the last message with this subject, as the leader of the stream knows it. A follower might not have the last one.
    pub(crate) async fn last_message(
        &self,
        stream: &str,
        subject: &str,
    ) -> Result<Option<StoredMessage>, NatsError> {
        #[derive(Serialize)]
        struct Get<'a> {
            last_by_subj: &'a str,
        }
        #[derive(Deserialize)]
        struct Got {
            message: GotMessage,
        }
        #[derive(Deserialize)]
        struct GotMessage {
            seq: u64,
            time: String,
            #[serde(default)]
            hdrs: String,
            #[serde(default)]
            data: String,
        }
        let body = Get {
            last_by_subj: subject,
        };
        let get = format!("STREAM.MSG.GET.{stream}");
        let got = self.request(&get, &body).await;
        let Some(Got { message }) = some_unless(got, codes::NO_MESSAGE)? else {
            return Ok(None);
        };
        let decode = |text: &str| data_encoding::BASE64.decode(text.as_bytes()).ok();
        let headers = decode(&message.hdrs).and_then(|bytes| read_headers(&bytes));
        let (headers, payload) = headers
            .zip(decode(&message.data))
            .ok_or_else(|| self.damaged(subject))?;
        let time = ServerTime::parse(&message.time);
        let time = time.ok_or_else(|| self.unexpected(&format!("time {}", message.time)))?;
        Ok(Some(StoredMessage {
            sequence: message.seq,
            time,
            headers,
            payload: payload.into(),
        }))
    }

    /// Asks the leader of a stream for the time.
    pub(crate) async fn server_time(&self, stream: &str) -> Result<ServerTime, NatsError> {
        #[derive(Deserialize)]
        struct Info {
            ts: String,
        }
        let info: Info = self.request(&format!("STREAM.INFO.{stream}"), &()).await?;
        ServerTime::parse(&info.ts).ok_or_else(|| self.unexpected(&format!("time {}", info.ts)))
    }

    /// Subscribes to a subject.
    pub(crate) async fn subscribe(&self, subject: String) -> Result<Subscriber, NatsError> {
        let subscribed = self.client.subscribe(subject).await;
        subscribed.map_err(|error| self.error(Cause::Unreachable).with_source(error))
    }

    /// Waits until the server has all that was sent.
    pub(crate) async fn flush(&self) -> Result<(), NatsError> {
        self.check_connected()?;
        self.bounded(async {
            let flushed = self.client.flush().await;
            flushed.map_err(|error| self.error(Cause::Unreachable).with_source(error))
        })
        .await
    }

    /// Fails if a message of this size is not accepted.
    pub(crate) fn check_size(&self, size: usize) -> Result<(), NatsError> {
        let limit = self.client.max_payload();
        if size > limit {
            return Err(self.error(Cause::TooLarge { limit }));
        }
        Ok(())
    }

    /// Fails without a connection. A request would wait for the next one, and take effect long after its caller gave it up.
    pub(crate) fn check_connected(&self) -> Result<(), NatsError> {
        match self.client.connection_state() {
            State::Connected => Ok(()),
            _ => Err(self.error(Cause::Unreachable)),
        }
    }

    /// Returns the error of a message that was not stored.
    pub(crate) fn publish_error(&self, error: PublishError) -> NatsError {
        use PublishErrorKind as Kind;
        let cause = match error.kind() {
            Kind::MaxPayloadExceeded => self.too_large(),
            Kind::Other => match server_error(&error) {
                Some(error) => cause(error.error_code().0, error.to_string()),
                None => Cause::Unreachable,
            },
            _ => Cause::Unreachable,
        };
        self.error(cause).with_source(error)
    }

    /// Returns the error of a consumer that was not created.
    pub(crate) fn consumer_error(&self, error: ConsumerError) -> NatsError {
        let cause = match error.kind() {
            ConsumerErrorKind::JetStream(error) => cause(error.error_code().0, error.to_string()),
            _ => Cause::Unreachable,
        };
        self.error(cause).with_source(error)
    }

    /// Returns whether the error is that a stream does not exist.
    pub(crate) fn is_missing_stream(&self, error: &NatsError) -> bool {
        matches!(error.cause(), Cause::Failed { code, .. } if *code == codes::NO_STREAM)
    }

    fn too_large(&self) -> Cause {
        let limit = self.client.max_payload();
        Cause::TooLarge { limit }
    }

    async fn send(&self, subject: String, request: Request) -> Result<Message, NatsError> {
        self.check_connected()?;
        let complaint = self.link.complaint();
        let request = request.timeout(Some(REQUEST_TIMEOUT));
        let answer = self.client.send_request(subject, request).await;
        answer.map_err(|error| {
            if error.kind() == RequestErrorKind::MaxPayloadExceeded {
                return self.error(self.too_large()).with_source(error);
            }
            let error = self.error(Cause::Unreachable).with_source(error);
            self.or_denied(&complaint, error)
        })
    }

    /// Returns that access is denied in place of an error, if the call had no answer and the server has complained since.
    pub(crate) fn or_denied(&self, earlier: &Complaint, error: NatsError) -> NatsError {
        match (error.cause(), self.link.denied_since(earlier)) {
            (Cause::Unreachable, Some(denied)) => self.error(Cause::Denied).with_source(denied),
            _ => error,
        }
    }

    fn read<T: DeserializeOwned>(&self, answer: &Message) -> Result<T, NatsError> {
        if let Ok(ErrorPart { error: Some(error) }) = serde_json::from_slice(&answer.payload) {
            let Failure {
                err_code: code,
                description,
            } = error;
            let error = self.error(cause(code, description.clone()));
            return Err(error.with_source(description));
        }
        let read = serde_json::from_slice(&answer.payload);
        read.map_err(|error| self.unexpected("answer").with_source(error))
    }

    fn unexpected(&self, what: &str) -> NatsError {
        self.error(Cause::Failed {
            code: 0,
            description: format!("unexpected {what}"),
        })
    }
}

/// Returns the error that the server has answered with.
fn server_error(error: &PublishError) -> Option<&jetstream::Error> {
    std::error::Error::source(error)?.downcast_ref()
}

/// Returns the cause of an error that the server has answered with.
fn cause(code: u64, description: String) -> Cause {
    if codes::JETSTREAM_NOT_ENABLED.contains(&code) {
        Cause::NoJetStream
    } else if codes::TEMPORARY.contains(&code) {
        Cause::Unreachable
    } else if codes::NO_ROOM.contains(&code) {
        Cause::Full
    } else {
        Cause::Failed { code, description }
    }
}

/// Returns `None` in place of the error with this number.
fn some_unless<T>(answer: Result<T, NatsError>, number: u64) -> Result<Option<T>, NatsError> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(error) => match error.cause() {
            Cause::Failed { code, .. } if *code == number => Ok(None),
            _ => Err(error),
        },
    }
}

/// Reads `NATS/1.0` and the lines after it.
fn read_headers(bytes: &[u8]) -> Option<HeaderMap> {
    let mut headers = HeaderMap::new();
    let mut lines = std::str::from_utf8(bytes).ok()?.split("\r\n");
    // A message without headers has no first line either.
    if lines.next()?.is_empty() {
        return Some(headers);
    }
    for line in lines.filter(|line| !line.is_empty()) {
        let (name, value) = line.split_once(':')?;
        headers.append(name, value.trim());
    }
    Some(headers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_read_as_they_are_stored() {
        let read = |text: &str| read_headers(text.as_bytes());
        let headers = read("NATS/1.0\r\nNats-Marker-Reason: MaxAge\r\nA:b:c\r\n\r\n").unwrap();
        let value = |name| headers.get(name).map(|value| value.as_str().to_owned());
        assert_eq!(value("Nats-Marker-Reason").as_deref(), Some("MaxAge"));
        assert_eq!(value("A").as_deref(), Some("b:c"));
        assert!(read("").unwrap().is_empty());
        assert!(read("NATS/1.0\r\nno colon\r\n\r\n").is_none());
    }
}
