//! How events reach sessions.

use std::{
    borrow::Cow,
    sync::Arc,
    time::{Duration, Instant},
};

use serde_json::json;
use twilight_model::gateway::Intents;

use super::{
    faults::Copies,
    gateway::Gateway,
    input::{ConnectionId, Operation},
    payload_text::{DispatchBatch, Payload},
    session::{Arrival, Delivery, Guilds, Load, Session, SessionKey},
    timers::Timer,
};
use crate::{
    flood::Flood,
    traffic::{Event, RUN},
};

/// How a session that was resumed stands after a portion.
enum CatchUp {
    /// It has all, of which that many bytes were just sent.
    Live(usize),
    /// There is more.
    Behind,
    /// So much happened meanwhile that the rest is no longer there.
    Overrun,
}

/// About how many bytes go out before the connection must have drained.
const PORTION_BYTES: usize = 256 * 1024;

/// Made-up events that a late timer may make at once; what is beyond is made at the next.
const MOST_AT_ONCE: u64 = 1024;

impl Gateway {
    /// Makes a dispatch for one session.
    pub(super) fn dispatch_to(&mut self, key: SessionKey, name: Cow<'static, str>, data: Arc<str>) {
        let Some(session) = self.sessions.get_mut(&key) else {
            return;
        };
        self.stats.dispatches += 1;
        let dispatch = session.dispatch(name, data);
        if let Some(connection) = session.live_connection() {
            let copies = self
                .connections
                .get(&connection)
                .map(|connection| connection.copies);
            if copies == Some(Copies::Two) {
                self.act(
                    connection,
                    Operation::Send(Payload::Dispatch(dispatch.clone())),
                );
            }
            self.act(connection, Operation::Send(Payload::Dispatch(dispatch)));
        }
    }

    /// Makes a dispatch for every session that an event is for.
    pub(super) fn fan_out(&mut self, event: &Event) -> usize {
        self.fan_out_from(event, None)
    }

    /// The same for what the shard `origin` of a recording received: with its shard count, it is that shard's.
    pub(super) fn fan_out_from(&mut self, event: &Event, origin: Option<[u32; 2]>) -> usize {
        self.note_interaction(event);
        let guild_index = event.guild.and_then(|id| self.world.index_of(id));
        let is_routed = |session: &Session| match origin {
            Some(origin) if origin[1] == session.shard[1] => origin[0] == session.shard[0],
            _ => session.is_routed(event.guild),
        };
        let addressed: Vec<(SessionKey, Intents)> = self
            .sessions
            .iter()
            .filter(|(_, session)| is_routed(session) && event.is_for(session.intents))
            // A guild that a session wasn't told about yet can't have events.
            .filter(|(_, session)| {
                guild_index
                    .is_none_or(|index| session.pending_guilds.binary_search(&index).is_err())
            })
            .map(|(key, session)| (*key, session.intents))
            .collect();
        let (mut full, mut bare) = (None, None);
        for (key, intents) in &addressed {
            let data = if event.shows_content(*intents, self.world.bot.id) {
                full.get_or_insert_with(|| event.text())
            } else {
                bare.get_or_insert_with(|| event.text_without_content())
            };
            let data = Arc::clone(data);
            self.dispatch_to(*key, event.name.clone(), data);
        }
        addressed.len()
    }

    /// The connection has room: sends the next portion of what waits for that.
    pub(super) fn feed(&mut self, now: Instant, id: ConnectionId) {
        let Some(key) = self
            .connections
            .get(&id)
            .and_then(super::connection::Connection::session)
        else {
            return;
        };
        match self.catch_up(id, key) {
            CatchUp::Live(0) => {}
            CatchUp::Live(_) | CatchUp::Behind => return,
            CatchUp::Overrun => return self.drop_connection(now, id),
        }
        let mut bytes = 0;
        while bytes < PORTION_BYTES {
            let Some(session) = self.sessions.get_mut(&key) else {
                return;
            };
            if session.guilds == Guilds::Unavailable {
                break;
            }
            let Some(index) = session.pending_guilds.pop_front() else {
                session.arrival = Arrival::First;
                break;
            };
            let arrival = session.arrival;
            let guild = self
                .world
                .guild_text(index, session.intents, session.large_threshold);
            if let Some(data) = guild {
                bytes += data.len();
                if arrival == Arrival::Again {
                    let id = self.world.guild_id(index).to_string();
                    let gone = json!({"id": id, "unavailable": true});
                    self.dispatch_to(key, "GUILD_DELETE".into(), gone.to_string().into());
                }
                self.dispatch_to(key, "GUILD_CREATE".into(), data);
            }
        }
        self.start_recording(now, key);
        if bytes == 0 {
            self.feed_load(now, id, key);
        }
    }

    /// Sends the next portion of what a resumed session missed.
    fn catch_up(&mut self, id: ConnectionId, key: SessionKey) -> CatchUp {
        let mut bytes = 0;
        loop {
            let Some(session) = self.sessions.get_mut(&key) else {
                return CatchUp::Live(bytes);
            };
            let Delivery::Behind(sent) = session.delivery else {
                return CatchUp::Live(bytes);
            };
            if bytes >= PORTION_BYTES {
                return CatchUp::Behind;
            }
            let Some(dispatch) = session.replay.next_after(sent) else {
                return CatchUp::Overrun;
            };
            let frame = Payload::Dispatch(dispatch.clone());
            session.delivery = if dispatch.sequence == session.sequence {
                Delivery::Live
            } else {
                Delivery::Behind(dispatch.sequence)
            };
            bytes += frame.size();
            self.act(id, Operation::Send(frame));
        }
    }

    fn feed_load(&mut self, now: Instant, id: ConnectionId, key: SessionKey) {
        let Some(session) = self.sessions.get_mut(&key) else {
            return;
        };
        let Some(load) = &mut session.load else {
            return;
        };
        let first_sequence = session.sequence + 1;
        // Up to the next whole multiple, so that runs are the same for everybody.
        let count = load.left.min(RUN - first_sequence % RUN);
        load.left -= count;
        let run = DispatchBatch {
            deck: Arc::clone(&load.deck),
            first_sequence,
            count,
        };
        let close = load.close;
        let is_done = load.left == 0;
        session.sequence += count;
        for dispatch in run.dispatches() {
            session.replay.push(dispatch);
        }
        if is_done {
            session.load = None;
        }
        self.stats.dispatches += count;
        self.stats.events += count;
        if count > 0 {
            self.act(id, Operation::SendBatch(run));
        }
        if is_done && let Some(code) = close {
            self.close_connection(now, id, code);
        }
    }

    /// What a flood is for a session of that shard; `None` if nothing can happen there.
    pub(super) fn load(&mut self, shard: [u32; 2], intents: Intents, flood: Flood) -> Option<Load> {
        let deck = self.decks.deck(&self.world, shard, intents)?;
        Some(Load {
            deck,
            left: flood.events,
            close: flood.close,
        })
    }

    /// Begins to make events up, unless that has begun.
    pub(super) fn start_traffic(&mut self, now: Instant) {
        if let Some(gap) = self.traffic.gap()
            && !self.timers.is_set(Timer::Traffic)
        {
            self.traffic.begin(now);
            self.timers.set(Timer::Traffic, now + gap);
        }
    }

    /// Makes `events` up at once, beside the even rate. Sessions that are away get theirs when they resume.
    pub fn generate_events(&mut self, events: u64) {
        for _ in 0..events {
            let Some(event) = self.traffic.extra_event(&self.world) else {
                return;
            };
            self.stats.events += 1;
            self.fan_out(&event);
        }
    }

    /// Makes up the events that are due.
    pub(super) fn make_traffic(&mut self, now: Instant) {
        let due = self.traffic.due(now).min(MOST_AT_ONCE);
        for _ in 0..due {
            if let Some(event) = self.traffic.next_event(&self.world) {
                self.stats.events += 1;
                self.fan_out(&event);
            }
        }
        if !self.sessions.is_empty()
            && let Some(next) = self.traffic.next_at()
        {
            // A timer of tokio's can't tell finer than a millisecond.
            self.timers
                .set(Timer::Traffic, next.max(now + Duration::from_millis(1)));
        }
    }
}
