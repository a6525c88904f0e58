//! What a shard has been doing, and since when. Without a clock of its own.

mod counts;
mod disconnect;

pub use self::{counts::DisconnectCounts, disconnect::Disconnect};

use self::disconnect::failure_text;
use crate::{
    ReceiveMessageError, Session, ShardState,
    machine::{Awaited, Lifecycle, RecoveryStep},
};
use gloaming_protocol::Excerpt;
use std::{mem::discriminant, sync::Arc, time::Instant};

/// What a shard waits for and since when, why its last connection ended, and how often that happened.
///
/// Returned by [`ShardStatus::activity`](crate::ShardStatus::activity). It is over all restarts of the shard's task. Texts
/// are excerpts without the token.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct ShardActivity {
    started: Option<Instant>,
    state: Option<ShardState>,
    state_since: Option<Instant>,
    up_since: Option<Instant>,
    down_since: Option<Instant>,
    session_since: Option<Instant>,
    was_up: WasUp,
    awaited: Option<Awaited>,
    awaited_since: Option<Instant>,
    step: Option<RecoveryStep>,
    last_disconnect: Option<Disconnect>,
    disconnects: DisconnectCounts,
    permit_refusal: Option<Arc<str>>,
    /// The error that ends the connection, until its end is reported.
    error: Option<Arc<str>>,
}

/// Whether a session was up at any time.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
enum WasUp {
    #[default]
    Never,
    Once,
}

impl ShardActivity {
    pub(crate) const fn new() -> Self {
        Self {
            started: None,
            state: None,
            state_since: None,
            up_since: None,
            down_since: None,
            session_since: None,
            was_up: WasUp::Never,
            awaited: None,
            awaited_since: None,
            step: None,
            last_disconnect: None,
            disconnects: DisconnectCounts::new(),
            permit_refusal: None,
            error: None,
        }
    }

    /// Returns when the shard first ran. `None` before.
    #[must_use]
    pub const fn started(&self) -> Option<Instant> {
        self.started
    }

    /// Returns since when the shard has been in its [state](crate::ShardStatus::state). Further attempts to connect do not
    /// change it.
    #[must_use]
    pub const fn state_since(&self) -> Option<Instant> {
        self.state_since
    }

    /// Returns since when the session has been up on the current connection. `None` while it is not.
    #[must_use]
    pub const fn up_since(&self) -> Option<Instant> {
        self.up_since
    }

    /// Returns since when no session has been up: since it was last lost, or since the start. `None` while one is up.
    /// Connections that end before the session is up do not change it.
    #[must_use]
    pub const fn down_since(&self) -> Option<Instant> {
        self.down_since
    }

    /// Returns when the current session began with READY, or was first resumed if it is from another process. `None`
    /// without one.
    #[must_use]
    pub const fn session_since(&self) -> Option<Instant> {
        self.session_since
    }

    /// Returns whether a session has been up at any time.
    #[must_use]
    pub const fn was_up(&self) -> bool {
        matches!(self.was_up, WasUp::Once)
    }

    /// Returns what the shard waits for. `None` if its task does not run.
    #[must_use]
    pub const fn awaits(&self) -> Option<Awaited> {
        self.awaited
    }

    /// Returns since when the shard has waited for [that](Self::awaits).
    #[must_use]
    pub const fn awaits_since(&self) -> Option<Instant> {
        self.awaited_since
    }

    /// Returns the last end of a connection, or of an attempt to open one.
    #[must_use]
    pub const fn last_disconnect(&self) -> Option<&Disconnect> {
        self.last_disconnect.as_ref()
    }

    /// Returns how often connections and attempts to open one ended, by cause. A reconnect follows each, unless the shard
    /// stops.
    #[must_use]
    pub const fn disconnects(&self) -> &DisconnectCounts {
        &self.disconnects
    }

    /// Returns why the queue refused the last permit to identify, until it grants one.
    #[must_use]
    pub fn permit_refusal(&self) -> Option<&str> {
        self.permit_refusal.as_deref()
    }

    /// Continues the history of a shard whose task ended, and may have left a session.
    pub(crate) fn resume(&mut self, history: &Self, session: Option<&Session>) {
        *self = history.clone();
        if session.is_none() {
            self.session_since = None;
        }
    }

    /// The task ended without a stop of the shard.
    pub(crate) fn task_ended(&mut self, now: Instant) {
        if self.started.is_some() {
            self.down(now);
        }
        self.state = None;
        self.state_since = Some(now);
        self.awaited = None;
        self.awaited_since = None;
        self.error = None;
    }

    /// Records an error, which is the cause of the next disconnect or refusal.
    pub(crate) fn failed(&mut self, error: &ReceiveMessageError, token: &str) {
        if self.error.is_none()
            && let Some(text) = failure_text(error, self.step)
        {
            self.error = Some(scrubbed(&text, token));
        }
    }

    /// Records an event.
    pub(crate) fn lifecycle(&mut self, now: Instant, event: &Lifecycle, token: &str) {
        match event {
            Lifecycle::Connecting { step, .. } => {
                self.step = Some(*step);
                self.error = None;
                // Another attempt is another wait.
                self.awaited = None;
            }
            Lifecycle::Disconnected { cause, .. } => {
                let error = self.error.take();
                let text = disconnect::text(*cause, event.server_close(), error.as_deref());
                self.disconnects.count(*cause);
                self.last_disconnect = Some(Disconnect {
                    at: now,
                    cause: *cause,
                    step: self.step,
                    text: scrubbed(&text, token),
                });
            }
            Lifecycle::PermitRefused { .. } => self.permit_refusal = self.error.take(),
            Lifecycle::Identifying => self.permit_refusal = None,
            Lifecycle::Ready { .. } => self.session_since = Some(now),
            Lifecycle::Resumed { .. } => {
                self.session_since.get_or_insert(now);
            }
            Lifecycle::Gap { .. } => self.session_since = None,
            _ => {}
        }
    }

    /// Records the state after all that was recorded before.
    pub(crate) fn update(&mut self, now: Instant, state: ShardState, awaited: Awaited) {
        self.started.get_or_insert(now);
        if self.state.map(|state| discriminant(&state)) != Some(discriminant(&state)) {
            self.state_since = Some(now);
        }
        self.state = Some(state);
        match state {
            ShardState::Active => {
                self.was_up = WasUp::Once;
                self.down_since = None;
                self.up_since.get_or_insert(now);
            }
            _ => self.down(now),
        }
        if self.awaited.map(|awaited| discriminant(&awaited)) != Some(discriminant(&awaited)) {
            self.awaited_since = Some(now);
        }
        self.awaited = Some(awaited);
    }

    fn down(&mut self, now: Instant) {
        self.up_since = None;
        self.down_since.get_or_insert(now);
    }
}

/// Makes an excerpt of a text that may contain what the server sent. A server could send the token back.
fn scrubbed(text: &str, token: &str) -> Arc<str> {
    if token.is_empty() || !text.contains(token) {
        return Excerpt::new(text).to_string().into();
    }
    let text = text.replace(token, "<token>");
    Excerpt::new(&text).to_string().into()
}

#[cfg(test)]
mod tests;
