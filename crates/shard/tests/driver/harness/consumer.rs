//! A consumer of a shard in a task of its own, which records what it receives.

use crate::harness::gateway::in_time;
use gloaming_shard::{
    Event, EventTypeFlags, Item, Lifecycle, Message, MessageSender, Payload, ReceiveMessageError,
    Repair, Shard, SpawnedShard, StreamExt as _, error::ReceiveMessageErrorKind,
};
use std::error::Error;
use tokio::{sync::mpsc, task::JoinHandle};

/// The method by which a consumer receives from the shard.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum ReceiveMethod {
    Events,
    Items,
    Messages,
    Payloads,
}

impl ReceiveMethod {
    pub(crate) const ALL: [Self; 4] = [Self::Events, Self::Items, Self::Messages, Self::Payloads];
}

/// Something that a consumer received, independent of the method.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Observed {
    /// An event of [`event`](crate::harness::gateway::event), by its sequence number.
    Event(u64),
    /// Another event or payload, by its name, or by its op if it has no name.
    Other(String),
    /// An event without a type, by its name or op.
    Unknown(String),
    /// An event that does not match its type, by its JSON.
    Undecodable(String),
    /// What was repaired in the event before, and its JSON.
    Repaired(Vec<String>, String),
    Failure(Failure),
    /// The end of a connection, with the reported code.
    Closed(Option<u16>),
    Lifecycle(Lifecycle),
    /// The stream has ended.
    End,
}

/// A failure with its texts.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Failure {
    pub(crate) kind: FailureKind,
    pub(crate) is_fatal: bool,
    /// The error's message and those of all its sources.
    pub(crate) text: String,
}

/// [`ReceiveMessageErrorKind`], comparable.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum FailureKind {
    Compression,
    Config,
    Deserializing,
    Queue,
    Reconnect,
    Refused(u16),
    WebSocket,
}

impl Observed {
    pub(crate) const fn failure(&self) -> Option<&Failure> {
        match self {
            Self::Failure(failure) => Some(failure),
            _ => None,
        }
    }

    pub(crate) const fn number(&self) -> Option<u64> {
        match self {
            Self::Event(number) => Some(*number),
            _ => None,
        }
    }

    pub(crate) const fn lifecycle(&self) -> Option<&Lifecycle> {
        match self {
            Self::Lifecycle(event) => Some(event),
            _ => None,
        }
    }
}

/// Returns the sequence numbers of the numbered events among `seen`.
pub(crate) fn sequences(seen: &[Observed]) -> Vec<u64> {
    seen.iter().filter_map(Observed::number).collect()
}

pub(crate) fn failures(seen: &[Observed]) -> Vec<&Failure> {
    seen.iter().filter_map(Observed::failure).collect()
}

pub(crate) fn failure_kinds(seen: &[Observed]) -> Vec<FailureKind> {
    failures(seen).iter().map(|failure| failure.kind).collect()
}

pub(crate) fn lifecycle(seen: &[Observed]) -> Vec<&Lifecycle> {
    seen.iter().filter_map(Observed::lifecycle).collect()
}

/// A task that receives everything from a shard.
pub(crate) struct Consumer {
    seen: mpsc::UnboundedReceiver<Observed>,
    pub(crate) sender: MessageSender,
    task: JoinHandle<Shard>,
}

pub(crate) fn consume(mut shard: Shard, method: ReceiveMethod) -> Consumer {
    let (tx, seen) = mpsc::unbounded_channel();
    Consumer {
        seen,
        sender: shard.sender(),
        task: tokio::spawn(async move {
            loop {
                let seen = take(&mut shard, method).await;
                let ended = seen == Observed::End;
                // The test may have dropped the receiver.
                _ = tx.send(seen);
                if ended {
                    return shard;
                }
            }
        }),
    }
}

impl Consumer {
    pub(crate) async fn next(&mut self) -> Observed {
        in_time("something seen", self.seen.recv())
            .await
            .expect("the consumer runs")
    }

    /// Returns everything received up to and including the first value that is `wanted`.
    pub(crate) async fn until(
        &mut self,
        mut wanted: impl FnMut(&Observed) -> bool,
    ) -> Vec<Observed> {
        let mut all = Vec::new();
        loop {
            let seen = self.next().await;
            all.push(seen.clone());
            if wanted(&seen) {
                return all;
            }
            assert_ne!(seen, Observed::End, "the stream ended: {all:?}");
        }
    }

    pub(crate) async fn until_event(&mut self, sequence: u64) -> Vec<Observed> {
        self.until(|seen| *seen == Observed::Event(sequence)).await
    }

    /// Drops the shard.
    pub(crate) fn abort(self) {
        self.task.abort();
    }

    /// Returns everything received until the stream ends, and the shard.
    pub(crate) async fn end(mut self) -> (Vec<Observed>, Shard) {
        let all = self.until(|seen| *seen == Observed::End).await;
        (all, self.task.await.expect("the consumer does not panic"))
    }
}

/// Receives one value.
pub(crate) async fn take(shard: &mut Shard, method: ReceiveMethod) -> Observed {
    let all = EventTypeFlags::all();
    let seen = match method {
        ReceiveMethod::Events => shard.next_event(all).await.map(|event| match event {
            Ok(event) => of_event(&event),
            Err(error) => of_error(error),
        }),
        ReceiveMethod::Items => shard.next_item(all).await.map(of_item),
        ReceiveMethod::Messages => shard.next_message().await.map(|message| match message {
            Ok(Message::Text(text)) => of_text(&text),
            Ok(Message::Close(frame)) => Observed::Closed(frame.map(|frame| frame.code)),
            Err(error) => of_error(error),
        }),
        ReceiveMethod::Payloads => shard.next_payload(all).await.map(|payload| match payload {
            Ok(payload) => of_text(payload.text()),
            Err(error) => of_error(error),
        }),
    };
    seen.unwrap_or(Observed::End)
}

/// Receives one value from a spawned shard.
pub(crate) async fn take_spawned(shard: &mut SpawnedShard) -> Observed {
    shard.next_item().await.map_or(Observed::End, of_item)
}

fn of_event(event: &Event) -> Observed {
    match event {
        Event::WebhooksUpdate(update) => Observed::Event(update.channel_id.get()),
        Event::GatewayClose(frame) => Observed::Closed(frame.as_ref().map(|frame| frame.code)),
        other => Observed::Other(match other.kind().name() {
            Some(name) => name.to_owned(),
            None => format!("{:?}", other.kind()),
        }),
    }
}

pub(crate) fn of_item(item: Item) -> Observed {
    match item {
        Item::Event(event) => of_event(&event),
        Item::EventWithPayload(event) => of_event(event.event()),
        Item::Unknown(event) => Observed::Unknown(name_of(&event.payload().as_payload())),
        Item::Undecodable(error) => Observed::Undecodable(error.payload().text().to_owned()),
        Item::Repaired(report) => Observed::Repaired(
            report.repairs().iter().map(Repair::to_string).collect(),
            report.payload().text().to_owned(),
        ),
        Item::Lifecycle(event) => Observed::Lifecycle(event),
        Item::Failure(error) => of_error(error),
        other => panic!("a new kind of item: {other:?}"),
    }
}

fn of_text(text: &str) -> Observed {
    let payload = Payload::parse(text).expect("only payloads are delivered");
    match payload.name() {
        Some("WEBHOOKS_UPDATE") => Observed::Event(payload.sequence().expect("events have one")),
        _ => Observed::Other(name_of(&payload)),
    }
}

fn name_of(payload: &Payload<'_>) -> String {
    match payload.name() {
        Some(name) => name.to_owned(),
        None => format!("op {}", payload.op().number()),
    }
}

fn of_error(error: ReceiveMessageError) -> Observed {
    let is_fatal = error.is_fatal();
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    let kind = match error.into_parts() {
        (ReceiveMessageErrorKind::UnknownEvent(event), _) => {
            return Observed::Unknown(name_of(&event.payload().as_payload()));
        }
        (ReceiveMessageErrorKind::Compression, _) => FailureKind::Compression,
        (ReceiveMessageErrorKind::Config, _) => FailureKind::Config,
        (ReceiveMessageErrorKind::Deserializing { event }, _) => {
            // The payload is valid, so only its event does not match its type.
            if Payload::parse(&event).is_ok() {
                return Observed::Undecodable(event);
            }
            FailureKind::Deserializing
        }
        (ReceiveMessageErrorKind::Queue, _) => FailureKind::Queue,
        (ReceiveMessageErrorKind::Reconnect, _) => FailureKind::Reconnect,
        (ReceiveMessageErrorKind::Refused(code), _) => FailureKind::Refused(code.number()),
        (ReceiveMessageErrorKind::WebSocket, _) => FailureKind::WebSocket,
        (other, _) => panic!("a new kind of error: {other:?}"),
    };
    Observed::Failure(Failure {
        kind,
        is_fatal,
        text,
    })
}
