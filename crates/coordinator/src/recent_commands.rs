//! The requests that an owner has taken, so that a repeated one is not sent twice. Without IO.

use crate::commands::{CommandRequest, CommandRequestId, CommandStatus};
use std::{
    collections::{HashMap, VecDeque},
    hash::{BuildHasher as _, RandomState},
    time::{Duration, Instant},
};

/// The recent requests for one shard, with what became of them.
///
/// A request is remembered for [`MEMORY`](Self::MEMORY) from its arrival on, and until it has an outcome. There are at most
/// [`MAX`](Self::MAX); beyond that, requests are refused. `W` is where a reply goes.
///
/// ```
/// use gloaming_coordinator::{
///     CommandAdmission, CommandRequest, CommandRequestId, CommandStatus, RecentCommands,
/// };
/// use gloaming_protocol::ShardId;
///
/// # fn example(now: std::time::Instant) -> Option<()> {
/// let id = CommandRequestId::new("1")?;
/// let payload = r#"{"op":31,"d":{"guild_ids":["7"]}}"#.into();
/// let request = CommandRequest { id: id.clone(), shard: ShardId::ONE, payload };
/// let mut recent = RecentCommands::new();
/// assert_eq!(recent.admit(now, &request, "first"), CommandAdmission::Send);
/// assert_eq!(recent.admit(now, &request, "again"), CommandAdmission::Wait);
/// assert_eq!(recent.resolve(&id, CommandStatus::Sent), ["first", "again"]);
/// let sent = CommandAdmission::Reply { to: "later", status: CommandStatus::Sent };
/// assert_eq!(recent.admit(now, &request, "later"), sent);
/// # Some(())
/// # }
/// # #[expect(clippy::disallowed_methods, reason = "an example")]
/// # example(std::time::Instant::now()).unwrap();
/// ```
#[derive(Debug)]
pub struct RecentCommands<W> {
    known: HashMap<CommandRequestId, Known<W>>,
    /// In the order of their arrival.
    arrived: VecDeque<(Instant, CommandRequestId)>,
    hasher: RandomState,
}

/// What is to be done with a request.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum CommandAdmission<W> {
    /// Send the command, and [`resolve`](RecentCommands::resolve) its request.
    Send,
    /// The command is being sent. The reply follows.
    Wait,
    /// Reply this.
    Reply {
        /// Where the reply goes.
        to: W,
        /// What to reply.
        status: CommandStatus,
    },
}

#[derive(Debug)]
struct Known<W> {
    /// Of the payload.
    hash: u64,
    outcome: Outcome<W>,
}

#[derive(Debug)]
enum Outcome<W> {
    /// Those who wait for it.
    Pending(Vec<W>),
    Known(CommandStatus),
}

impl<W> RecentCommands<W> {
    /// How long a request is remembered.
    pub const MEMORY: Duration = Duration::from_secs(120);

    /// How many requests are remembered: more than a shard may send in that time.
    pub const MAX: usize = 2048;

    /// How many may wait for the same command.
    const MAX_WAITING: usize = 16;

    /// Makes an empty memory.
    #[must_use]
    pub fn new() -> Self {
        Self {
            known: HashMap::new(),
            arrived: VecDeque::new(),
            hasher: RandomState::new(),
        }
    }

    /// Decides on a request, whose reply goes to `to`.
    pub fn admit(&mut self, now: Instant, request: &CommandRequest, to: W) -> CommandAdmission<W> {
        self.forget(now);
        let hash = self.hasher.hash_one(&request.payload);
        let reply = |to, status| CommandAdmission::Reply { to, status };
        let Some(known) = self.known.get_mut(&request.id) else {
            if self.known.len() >= Self::MAX {
                return reply(to, CommandStatus::Full);
            }
            let outcome = Outcome::Pending(vec![to]);
            self.known
                .insert(request.id.clone(), Known { hash, outcome });
            self.arrived.push_back((now, request.id.clone()));
            return CommandAdmission::Send;
        };
        if known.hash != hash {
            let detail = "another command has this id".to_owned();
            return reply(to, CommandStatus::Invalid { detail });
        }
        match &mut known.outcome {
            Outcome::Known(status) => reply(to, status.clone()),
            Outcome::Pending(waiting) if waiting.len() < Self::MAX_WAITING => {
                waiting.push(to);
                CommandAdmission::Wait
            }
            Outcome::Pending(_) => reply(to, CommandStatus::Full),
        }
    }

    /// Notes what became of a command, and returns who is to learn it. Only the first outcome counts.
    pub fn resolve(&mut self, id: &CommandRequestId, status: CommandStatus) -> Vec<W> {
        let Some(known) = self.known.get_mut(id) else {
            return Vec::new();
        };
        match &mut known.outcome {
            Outcome::Known(_) => Vec::new(),
            Outcome::Pending(waiting) => {
                let waiting = std::mem::take(waiting);
                known.outcome = Outcome::Known(status);
                waiting
            }
        }
    }

    /// Forgets what is old. A request without an outcome is remembered, and so are those that came after it.
    fn forget(&mut self, now: Instant) {
        while let Some((at, id)) = self.arrived.front()
            && now.saturating_duration_since(*at) >= Self::MEMORY
            && !self.is_pending(id)
        {
            self.known.remove(id);
            self.arrived.pop_front();
        }
    }

    fn is_pending(&self, id: &CommandRequestId) -> bool {
        let known = self.known.get(id);
        known.is_some_and(|known| matches!(known.outcome, Outcome::Pending(_)))
    }
}

impl<W> Default for RecentCommands<W> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gloaming_protocol::ShardId;
    use gloaming_test_support::start_of_time;

    type Recent = RecentCommands<u32>;

    fn request(id: &str, payload: &'static str) -> CommandRequest {
        CommandRequest {
            id: CommandRequestId::new(id).unwrap(),
            shard: ShardId::ONE,
            payload: payload.into(),
        }
    }

    fn reply(to: u32, status: CommandStatus) -> CommandAdmission<u32> {
        CommandAdmission::Reply { to, status }
    }

    #[test]
    fn repeated_request_gets_the_outcome_of_the_first_one() {
        let (mut recent, now) = (Recent::new(), start_of_time());
        let request = request("a", "{}");
        assert_eq!(recent.admit(now, &request, 1), CommandAdmission::Send);
        assert_eq!(recent.admit(now, &request, 2), CommandAdmission::Wait);
        assert_eq!(recent.resolve(&request.id, CommandStatus::Expired), [1, 2]);
        assert_eq!(recent.resolve(&request.id, CommandStatus::Sent), [0; 0]);
        let expired = reply(3, CommandStatus::Expired);
        assert_eq!(recent.admit(now, &request, 3), expired);
    }

    #[test]
    fn id_of_another_command_is_refused() {
        let (mut recent, now) = (Recent::new(), start_of_time());
        recent.admit(now, &request("a", "{}"), 1);
        let admitted = recent.admit(now, &request("a", "[]"), 2);
        let CommandAdmission::Reply { to: 2, status } = admitted else {
            panic!("{admitted:?}");
        };
        assert_eq!(status.name(), "invalid");
    }

    #[test]
    fn request_is_remembered_for_two_minutes_and_until_its_outcome() {
        let (mut recent, start) = (Recent::new(), start_of_time());
        let request = request("a", "{}");
        recent.admit(start, &request, 1);
        let later = start + 2 * Recent::MEMORY;
        assert_eq!(recent.admit(later, &request, 2), CommandAdmission::Wait);
        assert_eq!(recent.resolve(&request.id, CommandStatus::Sent), [1, 2]);
        assert_eq!(recent.admit(later, &request, 3), CommandAdmission::Send);
        recent.resolve(&request.id, CommandStatus::Sent);
        let before = later + Recent::MEMORY - Duration::from_millis(1);
        let sent = reply(4, CommandStatus::Sent);
        assert_eq!(recent.admit(before, &request, 4), sent);
    }

    #[test]
    fn memory_is_bounded() {
        let (mut recent, now) = (Recent::new(), start_of_time());
        for number in 0..Recent::MAX {
            let request = request(&number.to_string(), "{}");
            assert_eq!(recent.admit(now, &request, 0), CommandAdmission::Send);
        }
        let full = || reply(7, CommandStatus::Full);
        assert_eq!(recent.admit(now, &request("x", "{}"), 7), full());
        for _ in 1..Recent::MAX_WAITING {
            let admitted = recent.admit(now, &request("0", "{}"), 0);
            assert_eq!(admitted, CommandAdmission::Wait);
        }
        assert_eq!(recent.admit(now, &request("0", "{}"), 7), full());
        let resolved = recent.resolve(&CommandRequestId::new("0").unwrap(), CommandStatus::Sent);
        assert_eq!(resolved.len(), Recent::MAX_WAITING);
        let later = now + Recent::MEMORY;
        let admitted = recent.admit(later, &request("x", "{}"), 7);
        assert_eq!(admitted, CommandAdmission::Send, "one was forgotten");
    }
}
