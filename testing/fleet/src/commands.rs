//! Workers that send commands by the owners of the shards, at a steady rate, and see what becomes of each.

use crate::Result;
use gloaming_emulator::Emulator;
use gloaming_nats::{CommandSender, CommandTarget, NatsConfig, NatsErrorKind};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{
    sync::Semaphore,
    task::AbortHandle,
    time::{MissedTickBehavior, interval, sleep},
};

/// How many commands are sent per second, over all shards. Discord allows two per shard.
const RATE: u64 = 10;

/// How long a command waits for its reply, which one never gets whose owner was killed.
const TIMEOUT: Duration = Duration::from_secs(25);

/// What begins the nonce of a command. The answer of the gateway has it, too.
const NONCE: &str = "drill-";

/// The requests that are under way when a scenario ends.
const MAX_PENDING: u32 = 1_000;

/// How long the answers of the gateway may take after the last reply.
const LAST_ANSWERS: Duration = Duration::from_secs(3);

/// What became of a command.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Outcome {
    Pending,
    Sent,
    /// It was certainly not sent.
    NotSent,
    Unknown,
}

#[derive(Clone, Debug)]
struct Command {
    outcome: Outcome,
    /// The ids of the answers of the gateway. A worker may get each more than once.
    answers: BTreeSet<String>,
}

/// The commands of a scenario.
#[derive(Clone, Debug, Default)]
pub(crate) struct CommandRecord(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    commands: BTreeMap<u64, Command>,
    next: u64,
    faults: Vec<String>,
}

/// What a scenario has found of the commands.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct CommandFindings {
    pub(crate) asked: usize,
    pub(crate) sent: usize,
    pub(crate) not_sent: usize,
    /// Without a reply.
    pub(crate) unknown: usize,
    /// Of those that were sent, by their reply, that the gateway has not answered: a connection ended with them.
    pub(crate) unanswered: usize,
    /// What must not have happened.
    pub(crate) faults: Vec<String>,
}

impl CommandRecord {
    /// Notes an answer of the gateway, if it is one to a command.
    pub(crate) fn answered(&self, nonce: &str, id: String) {
        let Some(Ok(number)) = nonce.strip_prefix(NONCE).map(str::parse) else {
            return;
        };
        if let Some(command) = self.lock().commands.get_mut(&number) {
            command.answers.insert(id);
        }
    }

    /// Returns the number of the next command.
    fn asked(&self) -> u64 {
        let mut state = self.lock();
        let number = state.next;
        state.next += 1;
        let command = Command {
            outcome: Outcome::Pending,
            answers: BTreeSet::new(),
        };
        state.commands.insert(number, command);
        number
    }

    fn ended(&self, number: u64, outcome: Outcome) {
        let mut state = self.lock();
        let command = state.commands.get_mut(&number);
        match command {
            Some(command) if command.outcome == Outcome::Pending => command.outcome = outcome,
            _ => state
                .faults
                .push(format!("command {number} had two outcomes")),
        }
    }

    fn fault(&self, fault: String) {
        self.lock().faults.push(fault);
    }

    /// Returns the figures, and begins anew.
    pub(crate) fn take(&self) -> CommandFindings {
        let mut state = self.lock();
        let next = state.next;
        let ended = std::mem::replace(
            &mut *state,
            State {
                next,
                ..State::default()
            },
        );
        ended.finish()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn finish(self) -> CommandFindings {
        let mut found = CommandFindings {
            asked: self.commands.len(),
            faults: self.faults,
            ..CommandFindings::default()
        };
        for (number, command) in self.commands {
            match command.outcome {
                Outcome::Sent => {
                    found.sent += 1;
                    found.unanswered += usize::from(command.answers.is_empty());
                }
                Outcome::NotSent => found.not_sent += 1,
                Outcome::Unknown => found.unknown += 1,
                Outcome::Pending => found
                    .faults
                    .push(format!("command {number} had no outcome")),
            }
            let is_sent = command.outcome != Outcome::NotSent;
            if command.answers.len() > usize::from(is_sent) {
                let (answers, outcome) = (command.answers.len(), command.outcome);
                found.faults.push(format!(
                    "command {number} was answered {answers} times, and was {outcome:?}"
                ));
            }
        }
        found
    }
}

/// Sends commands until it is stopped.
#[derive(Debug)]
pub(crate) struct Commanders {
    task: AbortHandle,
    pending: Arc<Semaphore>,
}

impl Commanders {
    /// Begins to ask for a member of a guild of one shard after the other.
    pub(crate) async fn start(
        server: &str,
        emulator: &Emulator,
        record: &CommandRecord,
    ) -> Result<Self> {
        let config = NatsConfig::new(server, "bot")?;
        let sender = CommandSender::connect(&config).await?;
        let sender = sender.with_timeout(TIMEOUT);
        let guilds = emulator.guild_ids();
        let (pending, record) = (
            Arc::new(Semaphore::new(MAX_PENDING as usize)),
            record.clone(),
        );
        let permits = Arc::clone(&pending);
        let task = tokio::spawn(async move {
            let mut ticks = interval(Duration::from_millis(1_000 / RATE));
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            for guild in guilds.into_iter().cycle() {
                ticks.tick().await;
                let Ok(permit) = Arc::clone(&permits).acquire_owned().await else {
                    return;
                };
                let (sender, record) = (sender.clone(), record.clone());
                tokio::spawn(async move {
                    let _permit = permit;
                    let number = record.asked();
                    let payload = format!(
                        r#"{{"op":8,"d":{{"guild_id":"{guild}","user_ids":["1"],"nonce":"{NONCE}{number}"}}}}"#
                    );
                    let target = CommandTarget::Guild(guild);
                    let id = sender.new_id();
                    let outcome = match sender.send_payload(target, id, payload).await {
                        Ok(reply) => match reply.status.name() {
                            "sent" => Outcome::Sent,
                            "invalid" | "other_total" => {
                                record.fault(format!("command {number}: {}", reply.status));
                                Outcome::NotSent
                            }
                            _ => Outcome::NotSent,
                        },
                        Err(error) => match error.kind() {
                            NatsErrorKind::OutcomeUnknown => Outcome::Unknown,
                            // There is no connection to the server.
                            NatsErrorKind::Unreachable => Outcome::NotSent,
                            _ => {
                                record.fault(format!("command {number}: {error}"));
                                Outcome::NotSent
                            }
                        },
                    };
                    record.ended(number, outcome);
                });
            }
        });
        let task = task.abort_handle();
        Ok(Self { task, pending })
    }

    /// Asks for no more commands, and waits for the outcomes and the answers.
    pub(crate) async fn stop(self) -> Result<()> {
        self.task.abort();
        _ = self.pending.acquire_many(MAX_PENDING).await?;
        sleep(LAST_ANSWERS).await;
        Ok(())
    }
}

impl Drop for Commanders {
    fn drop(&mut self) {
        self.task.abort();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn play(outcome: Option<Outcome>, answers: u32) -> CommandFindings {
        let record = CommandRecord::default();
        let number = record.asked();
        for answer in 0..answers {
            // Each is delivered twice.
            for _ in 0..2 {
                record.answered(&format!("{NONCE}{number}"), answer.to_string());
            }
        }
        if let Some(outcome) = outcome {
            record.ended(number, outcome);
        }
        record.take()
    }

    #[test]
    fn each_command_has_one_outcome_and_one_answer_at_most() {
        for (outcome, answers) in [
            (Outcome::Sent, 1),
            (Outcome::NotSent, 0),
            (Outcome::Unknown, 0),
            (Outcome::Unknown, 1),
        ] {
            let found = play(Some(outcome), answers);
            assert_eq!(found.faults, [""; 0]);
            assert_eq!(found.sent + found.not_sent + found.unknown, 1);
        }
        assert_eq!(play(Some(Outcome::Sent), 0).unanswered, 1);
        for (outcome, answers) in [
            (None, 0),
            (Some(Outcome::Sent), 2),
            (Some(Outcome::NotSent), 1),
            (Some(Outcome::Unknown), 2),
        ] {
            assert_eq!(play(outcome, answers).faults.len(), 1, "{outcome:?}");
        }
        let record = CommandRecord::default();
        let number = record.asked();
        record.ended(number, Outcome::Sent);
        record.ended(number, Outcome::Unknown);
        assert_eq!(record.take().faults.len(), 1);
        record.answered("of another program", String::new());
        assert_eq!(record.take(), CommandFindings::default());
    }
}
