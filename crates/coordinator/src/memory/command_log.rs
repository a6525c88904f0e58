//! Who serves which shard, and the requests that they have not taken yet.

use crate::commands::IncomingCommand;
use gloaming_protocol::ShardId;
use std::collections::VecDeque;

/// How many requests wait for one who serves a shard. More are dropped, as if they were lost on their way.
const MAX_WAITING: usize = 4096;

/// The requests of an engine in memory.
#[derive(Debug, Default)]
pub(super) struct CommandLog {
    serving: Vec<Serving>,
    next: u64,
}

#[derive(Debug)]
struct Serving {
    number: u64,
    shard: ShardId,
    waiting: VecDeque<IncomingCommand>,
    intake: Intake,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Intake {
    Open,
    Closed,
}

/// What one who serves a shard gets next.
pub(super) enum Taken {
    Request(IncomingCommand),
    Nothing,
    /// There will be no more.
    End,
}

impl CommandLog {
    /// Returns the number of one who serves the shard from now on.
    pub(super) fn serve(&mut self, shard: ShardId) -> u64 {
        let number = self.next;
        self.next += 1;
        self.serving.push(Serving {
            number,
            shard,
            waiting: VecDeque::new(),
            intake: Intake::Open,
        });
        number
    }

    /// Hands a request to all who serve the shard with this number, and returns how many they are. `make` makes it for one of
    /// them, with the number of shards that it knows.
    pub(super) fn request(
        &mut self,
        shard: u32,
        mut make: impl FnMut() -> IncomingCommand,
    ) -> usize {
        let is_asked = |it: &&mut Serving| it.shard.number() == shard && it.intake == Intake::Open;
        let asked = self.serving.iter_mut().filter(is_asked);
        asked
            .map(|it| {
                if it.waiting.len() < MAX_WAITING {
                    it.waiting.push_back(make());
                }
            })
            .count()
    }

    pub(super) fn take(&mut self, number: u64) -> Taken {
        let Some(serving) = self.find(number) else {
            return Taken::End;
        };
        match (serving.waiting.pop_front(), serving.intake) {
            (Some(request), _) => Taken::Request(request),
            (None, Intake::Open) => Taken::Nothing,
            (None, Intake::Closed) => Taken::End,
        }
    }

    pub(super) fn close(&mut self, number: u64) {
        if let Some(serving) = self.find(number) {
            serving.intake = Intake::Closed;
        }
    }

    /// Returns the requests that were not taken. Dropping them ends the wait of those who asked.
    pub(super) fn remove(&mut self, number: u64) -> VecDeque<IncomingCommand> {
        let position = self.serving.iter().position(|it| it.number == number);
        let removed = position.map(|position| self.serving.swap_remove(position));
        removed.map(|it| it.waiting).unwrap_or_default()
    }

    fn find(&mut self, number: u64) -> Option<&mut Serving> {
        self.serving.iter_mut().find(|it| it.number == number)
    }
}
