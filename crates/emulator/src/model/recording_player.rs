//! Plays a recording.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use crate::{
    recording::{Playback, RecordedDispatch, Recording},
    world::recorded::RecordedWorld,
};

/// The pause between the last event of a shard and its first, if the recording is played in a loop.
const LOOP_PAUSE: Duration = Duration::from_secs(1);

/// The events of a recording and how far they were played.
#[derive(Debug)]
pub(crate) struct RecordingPlayer {
    shards: u32,
    tracks: Vec<Track>,
    playback: Playback,
}

/// The events of one shard. Their time begins when a session of the shard has its guilds.
#[derive(Debug)]
struct Track {
    shard: u32,
    dispatches: Vec<RecordedDispatch>,
    /// When the shard's session began, in the time of the recording.
    base: Duration,
    next: usize,
    started_at: Option<Instant>,
}

/// An event that is due.
#[derive(Debug)]
pub(crate) struct DueDispatch {
    /// The shard `[id, count]` that the event was recorded of.
    pub(crate) shard: [u32; 2],
    pub(crate) dispatch: RecordedDispatch,
    /// Whether it is the last event of its shard.
    pub(crate) is_last: bool,
}

impl RecordingPlayer {
    pub(crate) fn new(recording: &Recording, playback: Playback) -> Self {
        let setup = RecordedWorld::of(recording).setup;
        let mut tracks: BTreeMap<u32, Track> = BTreeMap::new();
        for (index, dispatch) in recording.dispatches().iter().enumerate() {
            let track = tracks.entry(dispatch.shard).or_insert_with(|| Track {
                shard: dispatch.shard,
                dispatches: Vec::new(),
                base: dispatch.at,
                next: 0,
                started_at: None,
            });
            if !setup.contains(&index) {
                track.dispatches.push(dispatch.clone());
            }
        }
        tracks.retain(|_, track| !track.dispatches.is_empty());
        Self {
            shards: recording.shards(),
            tracks: tracks.into_values().collect(),
            playback,
        }
    }

    /// A session of this shard has its guilds: the shard's events start, unless they were started before. If the shard
    /// count is not that of the recording, the events of all shards start.
    pub(crate) fn start(&mut self, now: Instant, [shard, count]: [u32; 2]) {
        for track in &mut self.tracks {
            if track.started_at.is_none() && (count != self.shards || track.shard == shard) {
                track.started_at = Some(now);
            }
        }
    }

    /// When the next event is due.
    pub(crate) fn next_at(&self) -> Option<Instant> {
        self.tracks.iter().filter_map(Track::next_at).min()
    }

    /// Removes and returns the next event that is due.
    pub(crate) fn pop_due(&mut self, now: Instant) -> Option<DueDispatch> {
        let track = self
            .tracks
            .iter_mut()
            .filter(|track| track.next_at().is_some_and(|at| at <= now))
            .min_by_key(|track| track.next_at())?;
        let dispatch = track.dispatches.get(track.next)?.clone();
        track.next += 1;
        let is_last = track.next == track.dispatches.len();
        if is_last && self.playback == Playback::Loop {
            track.rewind();
        }
        Some(DueDispatch {
            shard: [track.shard, self.shards],
            dispatch,
            is_last,
        })
    }
}

impl Track {
    fn next_at(&self) -> Option<Instant> {
        let dispatch = self.dispatches.get(self.next)?;
        Some(self.started_at? + (dispatch.at - self.base))
    }

    fn rewind(&mut self) {
        self.next = 0;
        if let (Some(started_at), Some(last)) = (&mut self.started_at, self.dispatches.last()) {
            *started_at += last.at - self.base + LOOP_PAUSE;
        }
    }
}
