//! What a shard does, and why, in words.

use super::{Gate, ShardInfo, Span};
use crate::{ExitReason, Health};
use gloaming_queue::{Position, WaitReason};
use gloaming_shard::machine::{Awaited, RecoveryStep};
use std::fmt::{self, Display, Formatter, Write as _};

/// One line: the id, the health and what is remarkable.
impl Display for ShardInfo {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let (number, total) = (self.id.number(), self.id.total());
        write!(f, "shard {number} of {total}: {}", self.health)?;
        if let Some(latency) = self.latency.recent().first() {
            write!(f, ", latency {} ms", latency.as_millis())?;
        }
        if self.buffer.items > 0 {
            write!(f, ", {} items buffered", self.buffer.items)?;
        }
        if self.crashes > 0 {
            write!(f, ", {} crashes", self.crashes)?;
        }
        if let Some(down) = self.ages.down.filter(|_| is_recovering(self.health)) {
            write!(f, ", down for {}", Span(down))?;
        }
        if let Some(cause) = cause(self) {
            write!(f, ", as {cause}")?;
        }
        match waits_for(self) {
            Some(awaited) => write!(f, "; waits for {awaited}"),
            None => Ok(()),
        }
    }
}

/// What the shard is doing, for how long and why: a clause that follows "shard 17 is".
pub(super) fn predicate(info: &ShardInfo) -> String {
    let mut text = match info.health {
        Health::Connecting { .. } => "connecting".to_owned(),
        Health::AwaitingPermit(_) => "queued to identify".to_owned(),
        health => health.to_string(),
    };
    // Writing to a string can't fail.
    if let Some(down) = info.ages.down.filter(|_| is_recovering(info.health)) {
        _ = write!(text, " for {}", Span(down));
    }
    if let Some(cause) = cause(info) {
        _ = write!(text, ", as {cause}");
    }
    if let Some(awaited) = waits_for(info).filter(|_| is_recovering(info.health)) {
        _ = write!(text, "; it waits for {awaited}");
    }
    text
}

/// What the shard waits for. `None` if it is up, or does not run any more.
pub(super) fn waits_for(info: &ShardInfo) -> Option<String> {
    Some(match info.health {
        Health::Up | Health::Exited(_) => return None,
        Health::NotStarted => "its start".to_owned(),
        Health::Stopped => "its start by the application".to_owned(),
        Health::HeartbeatOverdue { .. } | Health::Stalled { .. } => {
            "its thread, which something blocks".to_owned()
        }
        Health::BufferFull => room(info),
        Health::Unacknowledged { since } => {
            format!("the ACK of the heartbeat sent {} ago", Span(since))
        }
        Health::Restarting { after } => {
            let panic = info.last_crash().unwrap_or("no message");
            format!("its restart in {}, after a panic: {panic}", Span(after))
        }
        Health::AwaitingPermit(position) => permit(position),
        Health::Connecting { .. } | Health::Identifying | Health::Resuming => {
            awaited(info, info.awaited?)?
        }
    })
}

/// Whether the shard is on its way to a session.
const fn is_recovering(health: Health) -> bool {
    matches!(
        health,
        Health::Connecting { .. }
            | Health::AwaitingPermit(_)
            | Health::Identifying
            | Health::Resuming
            | Health::Restarting { .. }
    )
}

/// Why the shard is down: what ended the session, or the last attempt since.
fn cause(info: &ShardInfo) -> Option<String> {
    match info.health {
        health if is_recovering(health) => {}
        // The error before says which.
        Health::Exited(ExitReason::FatallyClosed) => {}
        Health::Exited(ExitReason::Crashed) => return info.last_crash().map(str::to_owned),
        _ => return None,
    }
    if let (Some(Awaited::PermitRetry { .. }), Some(refusal)) =
        (info.awaited, info.permit_refusal())
    {
        return Some(refusal.to_owned());
    }
    let last = info.last_disconnect()?;
    // An earlier one is not the cause.
    let is_cause = info.ages.down.is_none_or(|down| last.ago() <= down);
    is_cause.then(|| last.to_string())
}

fn awaited(info: &ShardInfo, awaited: Awaited) -> Option<String> {
    let waited = Span(info.ages.wait.unwrap_or_default());
    let until = |at| Span(std::time::Instant::saturating_duration_since(&at, info.now));
    Some(match awaited {
        Awaited::Start => "its first attempt to connect".to_owned(),
        Awaited::Connection { step, attempt, .. } => {
            let (host, attempt) = (host(step), Attempt(attempt));
            format!("the connection to {host}, for {waited}{attempt}")
        }
        Awaited::Hello { step, .. } => format!("HELLO of {}, for {waited}", host(step)),
        Awaited::Permit if info.gate == Gate::Paused => {
            format!("an identify permit, for {waited}, as the application paused identifying")
        }
        Awaited::Permit => {
            format!("an identify permit, for {waited}; the queue does not know for how long")
        }
        Awaited::PermitRetry { at } => {
            format!("the next request for an identify permit, in {}", until(at))
        }
        Awaited::Ready => format!("READY, for {waited}"),
        Awaited::Resumed { step } => {
            let host = host(step);
            format!("the missed events and RESUMED of {host}, for {waited}")
        }
        Awaited::CloseFrame { .. } => format!("the answer to its close frame, for {waited}"),
        Awaited::NextAttempt { at, step, attempt } => {
            let (host, attempt) = (host(step), Attempt(attempt));
            format!("the next attempt on {host}, in {}{attempt}", until(at))
        }
        _ => return None,
    })
}

fn permit(position: Position) -> String {
    let place = position.ahead.saturating_add(1);
    let about = Span(position.estimate);
    let mut text = format!("an identify permit, position {place}, about {about}");
    if position.reason == WaitReason::Budget {
        text.push_str(", as the identifies of the day are used up");
    }
    text
}

fn room(info: &ShardInfo) -> String {
    let items = info.buffer.items;
    match info.buffer.untouched_for {
        Some(untouched) => {
            let untouched = Span(untouched);
            format!(
                "the consumer, which has taken nothing for {untouched}, with {items} items buffered"
            )
        }
        None => format!("the consumer, with {items} items buffered"),
    }
}

const fn host(step: RecoveryStep) -> &'static str {
    match step {
        RecoveryStep::ResumeHost => "the resume host",
        RecoveryStep::MainHost | RecoveryStep::Identify => "the main host",
    }
}

/// The number of an attempt, from the second on.
struct Attempt(u32);

impl Display for Attempt {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.0 {
            0 => Ok(()),
            before => write!(f, ", attempt {}", before.saturating_add(1)),
        }
    }
}

#[cfg(test)]
mod tests;
