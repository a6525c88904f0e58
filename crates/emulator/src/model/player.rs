//! Plays a recording.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use serde_json::Value;

use super::{gateway::Gateway, session::SessionKey, timers::Timer};
use crate::{
    recording::{Playback, RecordedDispatch, Recording},
    traffic::Event,
    world::recorded::RecordedWorld,
};

/// Events that a late timer may play at once; what is beyond comes at the next.
const MOST_AT_ONCE: usize = 1024;

/// From a recording's last event to its first, when it is played again.
const PAUSE: Duration = Duration::from_secs(1);

/// What each shard of a recording received, and how far that was played.
#[derive(Debug)]
pub(super) struct Player {
    shards: u32,
    lanes: Vec<Lane>,
    playback: Playback,
}

/// One shard's part. Its time begins when the session that hears it has its guilds.
#[derive(Debug)]
struct Lane {
    shard: u32,
    dispatches: Vec<RecordedDispatch>,
    /// When its session began, in the recording.
    base: Duration,
    next: usize,
    began: Option<Instant>,
}

/// An event that is due, and the shard `[id, count]` that received it.
struct Due {
    shard: [u32; 2],
    dispatch: RecordedDispatch,
    is_last: bool,
}

impl Player {
    pub(super) fn new(recording: &Recording, playback: Playback) -> Self {
        let told = RecordedWorld::of(recording).told;
        let mut lanes: BTreeMap<u32, Lane> = BTreeMap::new();
        for (index, dispatch) in recording.dispatches().iter().enumerate() {
            let lane = lanes.entry(dispatch.shard).or_insert_with(|| Lane {
                shard: dispatch.shard,
                dispatches: Vec::new(),
                base: dispatch.at,
                next: 0,
                began: None,
            });
            if !told.contains(&index) {
                lane.dispatches.push(dispatch.clone());
            }
        }
        lanes.retain(|_, lane| !lane.dispatches.is_empty());
        Self {
            shards: recording.shards(),
            lanes: lanes.into_values().collect(),
            playback,
        }
    }

    /// A session of that shard has its guilds: what it hears begins, unless it has begun. With another shard count than
    /// the recording's, all of it begins.
    fn begin(&mut self, now: Instant, [shard, count]: [u32; 2]) {
        for lane in &mut self.lanes {
            if lane.began.is_none() && (count != self.shards || lane.shard == shard) {
                lane.began = Some(now);
            }
        }
    }

    fn next_at(&self) -> Option<Instant> {
        self.lanes.iter().filter_map(Lane::next_at).min()
    }

    fn pop_due(&mut self, now: Instant) -> Option<Due> {
        let lane = self
            .lanes
            .iter_mut()
            .filter(|lane| lane.next_at().is_some_and(|at| at <= now))
            .min_by_key(|lane| lane.next_at())?;
        let dispatch = lane.dispatches.get(lane.next)?.clone();
        lane.next += 1;
        let is_last = lane.next == lane.dispatches.len();
        if is_last && self.playback == Playback::Loop {
            lane.rewind();
        }
        Some(Due {
            shard: [lane.shard, self.shards],
            dispatch,
            is_last,
        })
    }
}

impl Lane {
    fn next_at(&self) -> Option<Instant> {
        let dispatch = self.dispatches.get(self.next)?;
        Some(self.began? + (dispatch.at - self.base))
    }

    fn rewind(&mut self) {
        self.next = 0;
        if let (Some(began), Some(last)) = (&mut self.began, self.dispatches.last()) {
            *began += last.at - self.base + PAUSE;
        }
    }
}

impl Gateway {
    /// A session has its guilds, and can hear what happens in them.
    pub(super) fn start_recording(&mut self, now: Instant, key: SessionKey) {
        let Some(session) = self.sessions.get(&key) else {
            return;
        };
        if let Some(player) = &mut self.player
            && session.pending_guilds.is_empty()
        {
            player.begin(now, session.shard);
            if let Some(at) = player.next_at() {
                self.timers.set(Timer::Recording, at);
            }
        }
    }

    /// Plays what is due.
    pub(super) fn play_recording(&mut self, now: Instant) {
        for _ in 0..MOST_AT_ONCE {
            let Some(due) = self.player.as_mut().and_then(|player| player.pop_due(now)) else {
                break;
            };
            self.stats.events += 1;
            self.stats.recordings_played += u64::from(due.is_last);
            let data: Value = serde_json::from_str(&due.dispatch.data).unwrap_or_default();
            let event = Event::by_hand(due.dispatch.name.to_string().into(), data);
            self.fan_out_from(&event, Some(due.shard));
        }
        if let Some(at) = self.player.as_ref().and_then(Player::next_at) {
            // A timer of tokio's can't tell finer than a millisecond.
            self.timers
                .set(Timer::Recording, at.max(now + Duration::from_millis(1)));
        }
    }
}
