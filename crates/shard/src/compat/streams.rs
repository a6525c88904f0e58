//! Several shards in one task.

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

/// The events of several shards, whichever comes first, and with each the shard that it came from.
///
/// The shards take turns: each gives one event and goes to the back of the line, so one that is flooded
/// keeps no other from its turn. A shard that has stopped, for whatever reason, leaves the group; its
/// last event, or the [fatal error](ReceiveMessageError::is_fatal) that stopped it, comes before. The
/// stream ends when all have stopped.
///
/// A shard is out of the group while its [`ShardRef`] lives, and takes no part: it sends no heartbeat
/// then. Drop the reference before the next event is awaited. While every shard that is left is out,
/// the stream waits for one to come back.
///
/// All shards work in the task that polls the stream, and only while it does; where handlers take
/// longer than seconds, see the [module's table](crate::stream).
///
/// # Cancel safety
///
/// Dropping the future that awaits the next event, or the whole stream, loses nothing: what was not
/// handed over is still with its shard.
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
    /// All events of these shards.
    pub fn new(shards: impl Iterator<Item = &'a mut Shard>) -> Self {
        Self {
            group: Group::new(shards, Events(EventTypeFlags::all())),
        }
    }

    /// Only these events; others are skipped before they are parsed.
    ///
    /// Errors and the ends of connections are always told, as by
    /// [`next_event`](crate::StreamExt::next_event). twilight-gateway 0.15, where this stream comes
    /// from, has it in the shards' configuration.
    #[must_use]
    pub fn with_events(mut self, wanted: EventTypeFlags) -> Self {
        self.group.take(Events(wanted));
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

/// The raw messages of several shards; as [`ShardEventStream`] otherwise.
pub struct ShardMessageStream<'a> {
    group: Group<'a, Messages>,
}

impl<'a> ShardMessageStream<'a> {
    /// All messages of these shards.
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

/// The shard that an event or message came from, on loan from its stream.
///
/// Dropped, it gives the shard back. One that is leaked never does, and its stream waits for it.
pub struct ShardRef<'a> {
    /// There until it is dropped.
    shard: Option<&'a mut Shard>,
    home: Arc<Home<'a>>,
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
            self.home.give_back(shard);
        }
    }
}

impl fmt::Debug for ShardRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ShardRef").field(&**self).finish()
    }
}

/// What is taken from a shard.
trait Take: Copy + Unpin {
    type Thing;

    fn poll(self, shard: &mut Shard, cx: &mut Context<'_>) -> Poll<Option<Taken<Self::Thing>>>;
}

type Taken<T> = Result<T, ReceiveMessageError>;

#[derive(Clone, Copy)]
struct Events(EventTypeFlags);

impl Take for Events {
    type Thing = Event;

    fn poll(self, shard: &mut Shard, cx: &mut Context<'_>) -> Poll<Option<Taken<Event>>> {
        shard.poll_event(cx, self.0)
    }
}

#[derive(Clone, Copy)]
struct Messages;

impl Take for Messages {
    type Thing = Message;

    fn poll(self, shard: &mut Shard, cx: &mut Context<'_>) -> Poll<Option<Taken<Message>>> {
        shard.poll_message(cx)
    }
}

/// Shards that are at their turn, and those that come back for the next.
struct Group<'a, T> {
    take: T,
    turns: FuturesUnordered<Turn<'a, T>>,
    home: Arc<Home<'a>>,
}

impl<'a, T: Take> Group<'a, T> {
    fn new(shards: impl Iterator<Item = &'a mut Shard>, take: T) -> Self {
        Self {
            take,
            turns: shards.map(|shard| Turn::new(shard, take)).collect(),
            home: Arc::default(),
        }
    }

    fn take(&mut self, take: T) {
        self.take = take;
        for turn in self.turns.iter_mut() {
            turn.take = take;
        }
    }

    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<(ShardRef<'a>, Taken<T::Thing>)>> {
        let out = self.home.welcome(cx, |shard| {
            self.turns.push(Turn::new(shard, self.take));
        });
        loop {
            match Pin::new(&mut self.turns).poll_next(cx) {
                Poll::Ready(Some((shard, Some(taken)))) => {
                    let shard = ShardRef {
                        shard: Some(shard),
                        home: self.home.lend(),
                    };
                    return Poll::Ready(Some((shard, taken)));
                }
                // It has stopped.
                Poll::Ready(Some((_, None))) => {}
                Poll::Ready(None) if out == 0 => return Poll::Ready(None),
                Poll::Ready(None) | Poll::Pending => return Poll::Pending,
            }
        }
    }

    fn describe(&self, name: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let absent = self.home.absent();
        f.debug_struct(name)
            .field("shards", &(self.turns.len() + absent))
            .field("lent", &absent)
            .finish_non_exhaustive()
    }
}

/// A shard's turn: until it gives something, or has stopped.
struct Turn<'a, T> {
    shard: Option<&'a mut Shard>,
    take: T,
}

impl<'a, T> Turn<'a, T> {
    const fn new(shard: &'a mut Shard, take: T) -> Self {
        Self {
            shard: Some(shard),
            take,
        }
    }
}

impl<'a, T: Take> Future for Turn<'a, T> {
    type Output = (&'a mut Shard, Option<Taken<T::Thing>>);

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let take = self.take;
        let shard = self.shard.as_mut().expect("a turn that is over is dropped");
        let Poll::Ready(taken) = take.poll(shard, cx) else {
            return Poll::Pending;
        };
        let shard = self.shard.take().expect("it was just there");
        Poll::Ready((shard, taken))
    }
}

/// Where shards on loan come back to.
#[derive(Default)]
struct Home<'a> {
    door: Mutex<Door<'a>>,
}

#[derive(Default)]
struct Door<'a> {
    returned: Vec<&'a mut Shard>,
    /// Those out, and those returned and not welcomed yet.
    absent: usize,
    /// The stream's, once it has looked.
    waker: Option<Waker>,
}

impl<'a> Home<'a> {
    fn lend(self: &Arc<Self>) -> Arc<Self> {
        self.lock().absent += 1;
        Arc::clone(self)
    }

    fn give_back(&self, shard: &'a mut Shard) {
        let mut door = self.lock();
        door.returned.push(shard);
        let waker = door.waker.take();
        drop(door);
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Takes in those that came back; gives the number of those still out, whose return wakes the task.
    fn welcome(&self, cx: &Context<'_>, take_in: impl FnMut(&'a mut Shard)) -> usize {
        let mut door = self.lock();
        door.absent -= door.returned.len();
        door.returned.drain(..).for_each(take_in);
        if door.absent > 0 {
            door.waker = Some(cx.waker().clone());
        }
        door.absent
    }

    fn absent(&self) -> usize {
        self.lock().absent
    }

    fn lock(&self) -> MutexGuard<'_, Door<'a>> {
        self.door.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::{ShardEventStream, ShardMessageStream, ShardRef};

    const fn is_send<T: Send>() {}

    #[test]
    fn they_may_move_between_threads() {
        is_send::<ShardEventStream<'_>>();
        is_send::<ShardMessageStream<'_>>();
        is_send::<ShardRef<'_>>();
    }
}
