//! How events get to sessions: fan-out, generated traffic, recordings, and what waits for a connection to drain.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use serde_json::Value;
use twilight_model::gateway::Intents;

use super::Gateway;
use crate::{
    connection::ConnectionId,
    flood::Flood,
    model::{
        delivery::{Delivery, GuildProgress, ReplayProgress},
        recording_player::RecordingPlayer,
        session_key::SessionKey,
        sessions::Load,
        timers::Timer,
    },
    traffic::Event,
};

/// The most events that a late timer makes at once. The rest follows at the next timer.
const MAX_EVENTS_PER_TIMER: u64 = 1024;

/// The resolution of tokio's timers.
const TIMER_RESOLUTION: Duration = Duration::from_millis(1);

impl Gateway {
    /// Dispatches an event to every session that it is for, and then a CHANNEL_UPDATE for each other channel whose
    /// visibility it has changed ([P37](gloaming_protocol::rules#p37)). Returns the number of sessions that get the event.
    pub(super) fn fan_out(&mut self, event: &Event) -> usize {
        if matches!(&*event.name, "GUILD_CREATE" | "GUILD_DELETE") {
            // The bot may have joined or left a guild of the pools.
            self.event_pools.clear();
        }
        let updates = self.world.observe(event);
        let recipients = self.fan_out_from(event, None);
        for update in &updates {
            self.fan_out_from(update, None);
        }
        recipients
    }

    /// The same for an event that does not change what the bot can view: one of generated traffic, or one that a recording
    /// has of the shard `origin`.
    fn fan_out_from(&mut self, event: &Event, origin: Option<[u32; 2]>) -> usize {
        self.rest.observe(self.now, event, self.world.bot.id);
        let Some(event) = self.world.shown(event) else {
            return 0;
        };
        let bot = self.world.bot.id;
        let guild = event.guild.and_then(|id| self.world.index_of(id));
        let recipients = self.sessions.recipients(&event, guild, bot, origin);
        let (mut full, mut without_content) = (None, None);
        for (key, intents) in &recipients {
            let data = if event.shows_content(*intents, bot) {
                full.get_or_insert_with(|| event.text())
            } else {
                without_content.get_or_insert_with(|| event.text_without_content())
            };
            let data = Arc::clone(data);
            self.delivery().dispatch(*key, event.name.clone(), data);
        }
        recipients.len()
    }

    /// A connection has drained: sends the next portion of what waits for that.
    pub(super) fn send_pending(&mut self, now: Instant, id: ConnectionId) {
        let Some(key) = self.connections.session(id) else {
            return;
        };
        match self.delivery().replay_portion(id, key) {
            ReplayProgress::Complete => {}
            ReplayProgress::Sent => return,
            ReplayProgress::Overrun => return self.drop_connection(now, id),
        }
        let mut delivery = Delivery {
            sessions: &mut self.sessions,
            connections: &self.connections,
            effects: &mut self.effects,
        };
        let guilds = delivery.guild_portion(key, &self.world);
        self.start_recording(now, key);
        if guilds == GuildProgress::Complete
            && let Some(code) = self.delivery().load_batch(id, key)
        {
            self.close_connection(now, id, code);
        }
    }

    /// The load of a flood for a session; `None` if no event can happen there.
    pub(super) fn load(&mut self, shard: [u32; 2], intents: Intents, flood: Flood) -> Option<Load> {
        let interactions = &mut self.rest.interactions;
        let pool = self.event_pools.get(&self.world, shard, intents, |event| {
            interactions.observe_load(event)
        })?;
        Some(Load {
            pool,
            remaining: flood.events,
            close: flood.close,
        })
    }

    /// Starts to generate events at the configured rate, unless that has started.
    pub(super) fn start_traffic(&mut self, now: Instant) {
        if let Some(interval) = self.traffic.interval()
            && !self.effects.timers.is_set(Timer::Traffic)
        {
            self.traffic.start(now);
            self.effects.timers.set(Timer::Traffic, now + interval);
        }
    }

    /// Changes the rate of generated events, from now on.
    pub fn set_events_per_second(&mut self, now: Instant, rate: f64) {
        self.traffic.set_rate(rate);
        self.effects.timers.cancel(Timer::Traffic);
        if !self.sessions.is_empty() {
            self.start_traffic(now);
        }
    }

    /// Generates events immediately, in addition to the configured rate. Sessions without a connection get theirs when
    /// they resume.
    pub fn generate_events(&mut self, events: u64) {
        for _ in 0..events {
            let Some(event) = self.traffic.extra_event(&self.world) else {
                return;
            };
            self.effects.stats.events += 1;
            self.fan_out_from(&event, None);
        }
    }

    /// Generates the events that are due.
    pub(super) fn generate_due_events(&mut self, now: Instant) {
        let due = self.traffic.due(now).min(MAX_EVENTS_PER_TIMER);
        for _ in 0..due {
            if let Some(event) = self.traffic.next_event(&self.world) {
                self.effects.stats.events += 1;
                self.fan_out_from(&event, None);
            }
        }
        if !self.sessions.is_empty()
            && let Some(next) = self.traffic.next_at()
        {
            let next = next.max(now + TIMER_RESOLUTION);
            self.effects.timers.set(Timer::Traffic, next);
        }
    }

    /// Starts the recording of a session's shard once the session has its guilds.
    pub(super) fn start_recording(&mut self, now: Instant, key: SessionKey) {
        let Some(session) = self.sessions.get(key) else {
            return;
        };
        if let Some(recording) = &mut self.recording
            && session.pending_guilds.is_empty()
        {
            recording.start(now, session.shard);
            if let Some(at) = recording.next_at() {
                self.effects.timers.set(Timer::Recording, at);
            }
        }
    }

    /// Plays the recorded events that are due.
    pub(super) fn play_due_recording(&mut self, now: Instant) {
        for _ in 0..MAX_EVENTS_PER_TIMER {
            let recording = self.recording.as_mut();
            let Some(due) = recording.and_then(|recording| recording.pop_due(now)) else {
                break;
            };
            self.effects.stats.events += 1;
            self.effects.stats.recordings_played += u64::from(due.is_last);
            let data: Value = serde_json::from_str(&due.dispatch.data).unwrap_or_default();
            let event = Event::custom(due.dispatch.name.to_string().into(), data);
            self.fan_out_from(&event, Some(due.shard));
        }
        let next = self.recording.as_ref().and_then(RecordingPlayer::next_at);
        if let Some(at) = next {
            let at = at.max(now + TIMER_RESOLUTION);
            self.effects.timers.set(Timer::Recording, at);
        }
    }
}
