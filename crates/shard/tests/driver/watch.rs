//! A consumer of a shard, in a task of its own, and what it saw.

use crate::gateway::in_time;
use gloaming_shard::{
    Event, EventTypeFlags, Item, Lifecycle, Message, MessageSender, Payload, ReceiveMessageError,
    Shard, SpawnedShard, StreamExt as _, error::ReceiveMessageErrorKind,
};
use std::error::Error;
use tokio::{sync::mpsc, task::JoinHandle};

/// How a consumer takes what the shard gives.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Way {
    Events,
    Items,
    Messages,
    Payloads,
}

impl Way {
    pub(crate) const ALL: [Self; 4] = [Self::Events, Self::Items, Self::Messages, Self::Payloads];
}

/// Something that a consumer saw, whatever the way.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Seen {
    /// One of [`event`](crate::gateway::event)'s, by its sequence.
    Event(u64),
    /// Another event or payload, by its name or, without one, by its op.
    Other(String),
    /// An event without a type, by its name or op.
    Unknown(String),
    /// An event that does not fit its type, by its raw text.
    Undecodable(String),
    Failure(Failure),
    /// The end of a connection, with the code told.
    Closed(Option<u16>),
    Lifecycle(Lifecycle),
    /// The stream is over.
    End,
}

/// A failure in words.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Failure {
    pub(crate) kind: Kind,
    pub(crate) is_fatal: bool,
    /// The message and those of all its causes.
    pub(crate) text: String,
}

/// [`ReceiveMessageErrorKind`], to compare.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Kind {
    Compression,
    Config,
    Deserializing,
    Queue,
    Reconnect,
    Refused(u16),
    WebSocket,
}

impl Seen {
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

/// The sequences of the numbered events among `seen`.
pub(crate) fn numbers(seen: &[Seen]) -> Vec<u64> {
    seen.iter().filter_map(Seen::number).collect()
}

pub(crate) fn failures(seen: &[Seen]) -> Vec<&Failure> {
    seen.iter().filter_map(Seen::failure).collect()
}

pub(crate) fn kinds(seen: &[Seen]) -> Vec<Kind> {
    failures(seen).iter().map(|failure| failure.kind).collect()
}

pub(crate) fn lifecycle(seen: &[Seen]) -> Vec<&Lifecycle> {
    seen.iter().filter_map(Seen::lifecycle).collect()
}

/// A task that takes all that a shard gives.
pub(crate) struct Watch {
    seen: mpsc::UnboundedReceiver<Seen>,
    pub(crate) sender: MessageSender,
    task: JoinHandle<Shard>,
}

pub(crate) fn watch(mut shard: Shard, way: Way) -> Watch {
    let (tx, seen) = mpsc::unbounded_channel();
    Watch {
        seen,
        sender: shard.sender(),
        task: tokio::spawn(async move {
            loop {
                let seen = take(&mut shard, way).await;
                let ended = seen == Seen::End;
                // The test may have seen enough.
                _ = tx.send(seen);
                if ended {
                    return shard;
                }
            }
        }),
    }
}

impl Watch {
    pub(crate) async fn next(&mut self) -> Seen {
        in_time("something seen", self.seen.recv())
            .await
            .expect("the consumer lives")
    }

    /// What is seen up to the first that is wanted, and with it.
    pub(crate) async fn until(&mut self, mut wanted: impl FnMut(&Seen) -> bool) -> Vec<Seen> {
        let mut all = Vec::new();
        loop {
            let seen = self.next().await;
            all.push(seen.clone());
            if wanted(&seen) {
                return all;
            }
            assert_ne!(seen, Seen::End, "the stream ended: {all:?}");
        }
    }

    pub(crate) async fn until_event(&mut self, sequence: u64) -> Vec<Seen> {
        self.until(|seen| *seen == Seen::Event(sequence)).await
    }

    /// Drops the shard.
    pub(crate) fn abort(self) {
        self.task.abort();
    }

    /// All that is seen until the stream ends, and the shard.
    pub(crate) async fn end(mut self) -> (Vec<Seen>, Shard) {
        let all = self.until(|seen| *seen == Seen::End).await;
        (all, self.task.await.expect("the consumer does not panic"))
    }
}

/// Takes one thing.
pub(crate) async fn take(shard: &mut Shard, way: Way) -> Seen {
    let all = EventTypeFlags::all();
    let seen = match way {
        Way::Events => shard.next_event(all).await.map(|event| match event {
            Ok(event) => of_event(&event),
            Err(error) => of_error(error),
        }),
        Way::Items => shard.next_item(all).await.map(of_item),
        Way::Messages => shard.next_message().await.map(|message| match message {
            Ok(Message::Text(text)) => of_text(&text),
            Ok(Message::Close(frame)) => Seen::Closed(frame.map(|frame| frame.code)),
            Err(error) => of_error(error),
        }),
        Way::Payloads => shard.next_payload(all).await.map(|payload| match payload {
            Ok(payload) => of_text(payload.text()),
            Err(error) => of_error(error),
        }),
    };
    seen.unwrap_or(Seen::End)
}

/// Takes one thing from a shard that runs by itself.
pub(crate) async fn take_spawned(shard: &mut SpawnedShard) -> Seen {
    shard.next_item().await.map_or(Seen::End, of_item)
}

fn of_event(event: &Event) -> Seen {
    match event {
        Event::WebhooksUpdate(update) => Seen::Event(update.channel_id.get()),
        Event::GatewayClose(frame) => Seen::Closed(frame.as_ref().map(|frame| frame.code)),
        other => Seen::Other(match other.kind().name() {
            Some(name) => name.to_owned(),
            None => format!("{:?}", other.kind()),
        }),
    }
}

pub(crate) fn of_item(item: Item) -> Seen {
    match item {
        Item::Event(event) => of_event(&event),
        Item::Unknown(event) => Seen::Unknown(name_of(&event.payload().as_payload())),
        Item::Undecodable(error) => Seen::Undecodable(error.payload().text().to_owned()),
        Item::Lifecycle(event) => Seen::Lifecycle(event),
        Item::Failure(error) => of_error(error),
        other => panic!("a new kind of item: {other:?}"),
    }
}

fn of_text(text: &str) -> Seen {
    let payload = Payload::parse(text).expect("only payloads are handed over");
    match payload.name() {
        Some("WEBHOOKS_UPDATE") => Seen::Event(payload.sequence().expect("events have one")),
        _ => Seen::Other(name_of(&payload)),
    }
}

fn name_of(payload: &Payload<'_>) -> String {
    match payload.name() {
        Some(name) => name.to_owned(),
        None => format!("op {}", payload.op().number()),
    }
}

fn of_error(error: ReceiveMessageError) -> Seen {
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
            return Seen::Unknown(name_of(&event.payload().as_payload()));
        }
        (ReceiveMessageErrorKind::Compression, _) => Kind::Compression,
        (ReceiveMessageErrorKind::Config, _) => Kind::Config,
        (ReceiveMessageErrorKind::Deserializing { event }, _) => {
            // A payload that could be read: only its type does not fit.
            if Payload::parse(&event).is_ok() {
                return Seen::Undecodable(event);
            }
            Kind::Deserializing
        }
        (ReceiveMessageErrorKind::Queue, _) => Kind::Queue,
        (ReceiveMessageErrorKind::Reconnect, _) => Kind::Reconnect,
        (ReceiveMessageErrorKind::Refused(code), _) => Kind::Refused(code.number()),
        (ReceiveMessageErrorKind::WebSocket, _) => Kind::WebSocket,
        (other, _) => panic!("a new kind of error: {other:?}"),
    };
    Seen::Failure(Failure {
        kind,
        is_fatal,
        text,
    })
}
