//! Streams of several shards in one task, as in twilight-gateway 0.15.

use crate::{Message, ReceiveMessageError, Shard};
use futures_core::Stream;
use futures_util::stream::FuturesUnordered;
use gloaming_protocol::{Event, EventTypeFlags};
use std::{
    fmt,
    ops::{Deref, DerefMut},
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
};

/// A stream of the events of several shards, each with the shard that received it.
///
/// The shards are polled in turn, one event each, so that a busy shard does not starve the others. A shard
/// that has stopped leaves the stream after its last event or its
/// [fatal error](ReceiveMessageError::is_fatal). The stream ends when all shards have stopped.
///
/// While the [`ShardRef`] of an event exists, its shard is not polled and sends no heartbeats: drop the
/// reference before the next event is awaited. If the references of all running shards exist, the stream
/// waits for one to be dropped.
///
/// All shards run in the task that polls the stream, and only while it is polled. If handlers take longer
/// than some seconds, see the [alternatives](crate::stream).
///
/// # Cancel safety
///
/// If the future of the next event, or the stream itself, is dropped, no event is lost: shards keep events
/// that were not returned.
///
/// # Example
///
/// ```no_run
/// use futures_util::StreamExt as _;
/// use gloaming_shard::{
///     Config, EventTypeFlags, Intents,
///     compat::{ShardEventStream, create_range},
/// };
///
/// # async fn example(token: String) {
/// let config = Config::new(token, Intents::GUILDS);
/// let mut shards: Vec<_> = create_range(.., 4, config, |_, builder| builder.build()).collect();
/// let mut stream = ShardEventStream::new(shards.iter_mut()).with_events(EventTypeFlags::GUILDS);
/// while let Some((shard, event)) = stream.next().await {
///     match event {
///         Ok(event) => println!("{}: {:?}", shard.id(), event.kind()),
///         Err(error) => eprintln!("{}: {error}", shard.id()),
///     }
/// }
/// # }
/// ```
pub struct ShardEventStream<'a> {
    group: Group<'a, Events>,
}

impl<'a> ShardEventStream<'a> {
    /// Creates a stream of all events of these shards.
    pub fn new(shards: impl Iterator<Item = &'a mut Shard>) -> Self {
        Self {
            group: Group::new(shards, Events(EventTypeFlags::all())),
        }
    }

    /// Limits the stream to these events; others are skipped before they are parsed.
    ///
    /// Errors and the ends of connections are always returned, as by
    /// [`next_event`](crate::StreamExt::next_event). In twilight-gateway 0.15, this setting is a part of the
    /// shards' configuration.
    #[must_use]
    pub fn with_events(mut self, wanted: EventTypeFlags) -> Self {
        self.group.set_source(Events(wanted));
        self
    }
}

impl<'a> Stream for ShardEventStream<'a> {
    type Item = (ShardRef<'a>, Result<Event, ReceiveMessageError>);

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.group.poll_next(cx)
    }
}

impl fmt::Debug for ShardEventStream<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.group.describe("ShardEventStream", f)
    }
}

/// A stream of the raw messages of several shards, like [`ShardEventStream`].
pub struct ShardMessageStream<'a> {
    group: Group<'a, Messages>,
}

impl<'a> ShardMessageStream<'a> {
    /// Creates a stream of all messages of these shards.
    pub fn new(shards: impl Iterator<Item = &'a mut Shard>) -> Self {
        Self {
            group: Group::new(shards, Messages),
        }
    }
}

impl<'a> Stream for ShardMessageStream<'a> {
    type Item = (ShardRef<'a>, Result<Message, ReceiveMessageError>);

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.group.poll_next(cx)
    }
}

impl fmt::Debug for ShardMessageStream<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.group.describe("ShardMessageStream", f)
    }
}

/// A reference to the shard that received an event or message.
///
/// Dropping it returns the shard to its stream. If it is leaked, the stream never ends.
pub struct ShardRef<'a> {
    /// `Some` until the reference is dropped.
    shard: Option<&'a mut Shard>,
    returns: Arc<ReturnQueue<'a>>,
}

impl Deref for ShardRef<'_> {
    type Target = Shard;

    fn deref(&self) -> &Shard {
        self.shard.as_ref().expect("only dropping takes the shard")
    }
}

impl DerefMut for ShardRef<'_> {
    fn deref_mut(&mut self) -> &mut Shard {
        self.shard.as_mut().expect("only dropping takes the shard")
    }
}

impl Drop for ShardRef<'_> {
    fn drop(&mut self) {
        if let Some(shard) = self.shard.take() {
            self.returns.put(shard);
        }
    }
}

impl fmt::Debug for ShardRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ShardRef").field(&**self).finish()
    }
}

/// What to receive from a shard.
trait Source: Copy + Unpin {
    type Output;

    fn poll(self, shard: &mut Shard, cx: &mut Context<'_>) -> Poll<Option<Received<Self::Output>>>;
}

type Received<T> = Result<T, ReceiveMessageError>;

#[derive(Clone, Copy)]
struct Events(EventTypeFlags);

impl Source for Events {
    type Output = Event;

    fn poll(self, shard: &mut Shard, cx: &mut Context<'_>) -> Poll<Option<Received<Event>>> {
        shard.poll_event(cx, self.0)
    }
}

#[derive(Clone, Copy)]
struct Messages;

impl Source for Messages {
    type Output = Message;

    fn poll(self, shard: &mut Shard, cx: &mut Context<'_>) -> Poll<Option<Received<Message>>> {
        shard.poll_message(cx)
    }
}

/// The shards of a stream.
struct Group<'a, T> {
    source: T,
    pending: FuturesUnordered<Receive<'a, T>>,
    returns: Arc<ReturnQueue<'a>>,
}

impl<'a, T: Source> Group<'a, T> {
    fn new(shards: impl Iterator<Item = &'a mut Shard>, source: T) -> Self {
        Self {
            source,
            pending: shards.map(|shard| Receive::new(shard, source)).collect(),
            returns: Arc::default(),
        }
    }

    fn set_source(&mut self, source: T) {
        self.source = source;
        for receive in self.pending.iter_mut() {
            receive.source = source;
        }
    }

    fn poll_next(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<(ShardRef<'a>, Received<T::Output>)>> {
        let borrowed = self.returns.drain(cx, |shard| {
            self.pending.push(Receive::new(shard, self.source));
        });
        loop {
            match Pin::new(&mut self.pending).poll_next(cx) {
                Poll::Ready(Some((shard, Some(received)))) => {
                    let shard = ShardRef {
                        shard: Some(shard),
                        returns: self.returns.lend(),
                    };
                    return Poll::Ready(Some((shard, received)));
                }
                // The shard has stopped.
                Poll::Ready(Some((_, None))) => {}
                Poll::Ready(None) if borrowed == 0 => return Poll::Ready(None),
                Poll::Ready(None) | Poll::Pending => return Poll::Pending,
            }
        }
    }

    fn describe(&self, name: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let borrowed = self.returns.borrowed();
        f.debug_struct(name)
            .field("shards", &(self.pending.len() + borrowed))
            .field("borrowed", &borrowed)
            .finish_non_exhaustive()
    }
}

/// A future that resolves when a shard has received something or has stopped.
struct Receive<'a, T> {
    shard: Option<&'a mut Shard>,
    source: T,
}

impl<'a, T> Receive<'a, T> {
    const fn new(shard: &'a mut Shard, source: T) -> Self {
        Self {
            shard: Some(shard),
            source,
        }
    }
}

impl<'a, T: Source> Future for Receive<'a, T> {
    type Output = (&'a mut Shard, Option<Received<T::Output>>);

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let source = self.source;
        let shard = self
            .shard
            .as_mut()
            .expect("a future is not polled after completion");
        let Poll::Ready(received) = source.poll(shard, cx) else {
            return Poll::Pending;
        };
        let shard = self.shard.take().expect("the shard was borrowed above");
        Poll::Ready((shard, received))
    }
}

/// The shards whose references were dropped.
#[derive(Default)]
struct ReturnQueue<'a> {
    state: Mutex<ReturnState<'a>>,
}

#[derive(Default)]
struct ReturnState<'a> {
    returned: Vec<&'a mut Shard>,
    /// The number of shards with references, and of those returned but not drained.
    borrowed: usize,
    /// The waker of the stream, once it was polled.
    waker: Option<Waker>,
}

impl<'a> ReturnQueue<'a> {
    fn lend(self: &Arc<Self>) -> Arc<Self> {
        self.lock().borrowed += 1;
        Arc::clone(self)
    }

    fn put(&self, shard: &'a mut Shard) {
        let mut state = self.lock();
        state.returned.push(shard);
        let waker = state.waker.take();
        drop(state);
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Passes the returned shards to `receive`. Returns the number of shards that still have references, and
    /// wakes the task when one of those is dropped.
    fn drain(&self, cx: &Context<'_>, receive: impl FnMut(&'a mut Shard)) -> usize {
        let mut state = self.lock();
        state.borrowed -= state.returned.len();
        state.returned.drain(..).for_each(receive);
        if state.borrowed > 0 {
            state.waker = Some(cx.waker().clone());
        }
        state.borrowed
    }

    fn borrowed(&self) -> usize {
        self.lock().borrowed
    }

    fn lock(&self) -> MutexGuard<'_, ReturnState<'a>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::{ShardEventStream, ShardMessageStream, ShardRef};

    const fn is_send<T: Send>() {}

    #[test]
    fn streams_and_references_are_send() {
        is_send::<ShardEventStream<'_>>();
        is_send::<ShardMessageStream<'_>>();
        is_send::<ShardRef<'_>>();
    }
}
