//! One attempt of new processes to take the shards of old ones.

use super::{
    bot::{CONFIRM, START},
    fleet::{Fleet, Phase, ProcessId},
    line::Line,
    plan::{Kill, Moment, Victim},
};
use crate::Result;
use std::collections::BTreeSet;

/// What came of an attempt.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// Why processes that asked were given nothing.
    pub(crate) failures: Vec<String>,
    /// The number of processes that asked while their shards did not run.
    pub(crate) unavailable: usize,
    /// Whether the process that was to be killed was.
    pub(crate) killed: Option<Kill>,
}

/// Old processes, new ones and those that were killed.
struct Attempt<'a> {
    fleet: &'a mut Fleet,
    predecessors: Vec<ProcessId>,
    successors: Vec<ProcessId>,
    kill: Option<(Kill, ProcessId)>,
    is_killed: bool,
}

/// Starts a process for each set of shards, which takes them from the processes that run them. One process is killed
/// meanwhile, or none. After that, each shard runs again, and `Fleet::members` says where.
pub(crate) async fn attempt(
    fleet: &mut Fleet,
    wanted: &[BTreeSet<u32>],
    kill: Option<Kill>,
) -> Result<Outcome> {
    let is_wanted = |shards: &BTreeSet<u32>| wanted.iter().any(|it| !it.is_disjoint(shards));
    let mut predecessors = Vec::new();
    for (id, member) in &mut fleet.members {
        if is_wanted(&member.shards) {
            member.prepared = 0;
            member.given.clear();
            member.resumed.clear();
            predecessors.push(*id);
        }
    }
    let mut successors = Vec::new();
    for shards in wanted {
        let from = predecessors.iter().filter_map(|id| {
            let member = &fleet.members[id];
            (!member.shards.is_disjoint(shards)).then(|| member.socket.clone())
        });
        let from = from.collect();
        successors.push(fleet.start(shards, from)?);
    }
    let kill = kill.map(|kill| {
        let candidates = match kill.victim {
            Victim::Successor => &successors,
            Victim::Predecessor => &predecessors,
        };
        (kill, candidates[kill.choice % candidates.len()])
    });
    let mut attempt = Attempt {
        fleet,
        predecessors,
        successors,
        kill,
        is_killed: false,
    };
    attempt.run().await?;
    attempt.settle().await
}

impl Attempt<'_> {
    /// Goes on until each new process has its shards, or has ended.
    async fn run(&mut self) -> Result<()> {
        while !self
            .successors
            .iter()
            .all(|id| self.fleet.members[id].is_settled())
        {
            let (id, line) = self.fleet.next("the shards are taken").await?;
            let is_successor = self.successors.contains(&id);
            match line {
                Some(Line::Asking) if is_successor => {
                    self.kill_at(Victim::Successor, Moment::Transfer, id)
                        .await?;
                }
                Some(Line::Preparing { .. }) if self.has_prepared_enough(id) => {
                    self.kill_at(Victim::Predecessor, Moment::Transfer, id)
                        .await?;
                }
                Some(Line::Released) if is_successor => {
                    self.kill_at_both(Moment::Released, id).await?;
                    self.fleet.tell(id, START).await;
                }
                Some(Line::Running) if is_successor => {
                    self.kill_at_both(Moment::Running, id).await?;
                    self.fleet.tell(id, CONFIRM).await;
                    self.kill_at_both(Moment::Confirming, id).await?;
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Whether a predecessor that is to be killed has prepared as many shards as chosen.
    fn has_prepared_enough(&self, id: ProcessId) -> bool {
        let (Some((kill, victim)), Some(member)) = (&self.kill, self.fleet.members.get(&id)) else {
            return false;
        };
        *victim == id && member.prepared > kill.choice % member.shards.len()
    }

    /// Kills the successor, or the predecessor that it takes the shards from.
    async fn kill_at_both(&mut self, moment: Moment, successor: ProcessId) -> Result<()> {
        self.kill_at(Victim::Successor, moment, successor).await?;
        if let Some((
            Kill {
                victim: Victim::Predecessor,
                ..
            },
            victim,
        )) = self.kill
        {
            self.kill_at(Victim::Predecessor, moment, victim).await?;
        }
        Ok(())
    }

    /// Kills a process if it is its turn.
    async fn kill_at(&mut self, victim: Victim, moment: Moment, id: ProcessId) -> Result<()> {
        if let Some((kill, chosen)) = self.kill
            && chosen == id
            && !self.is_killed
            && kill.is_at(victim, moment)
        {
            self.is_killed = true;
            self.fleet.kill(id, kill.delay).await?;
        }
        Ok(())
    }

    /// Finds out which process has which shards, and lets others follow those that were killed.
    async fn settle(mut self) -> Result<Outcome> {
        let mut outcome = Outcome::default();
        self.await_victim().await?;
        let mut moved = BTreeSet::new();
        let mut restarts = Vec::new();
        for id in &self.successors {
            let member = &self.fleet.members[id];
            if member.phase == Phase::Serving {
                moved.extend(member.shards.iter().copied());
            } else if let Some(reason) = &member.failure {
                outcome.failures.push(reason.clone());
            } else if member.phase == Phase::Ended {
                outcome.unavailable += 1;
            }
        }
        if let Some((kill, victim)) = self.kill
            && self.fleet.phase(victim) == Some(&Phase::Killed)
        {
            outcome.killed = Some(kill);
            let mut shards = self.fleet.members[&victim].shards.clone();
            match kill.victim {
                // The others were taken back.
                Victim::Successor => {
                    shards.retain(|shard| self.is_given(*shard));
                    moved.extend(shards.iter().copied());
                }
                Victim::Predecessor => shards.retain(|shard| !moved.contains(shard)),
            }
            restarts.push((victim, shards));
        }
        for id in self.predecessors.clone() {
            self.settle_predecessor(id, &moved).await?;
        }
        let ended = |id: &ProcessId| self.fleet.phase(*id) == Some(&Phase::Ended);
        let ended: Vec<_> = self.successors.iter().copied().filter(ended).collect();
        ended.into_iter().for_each(|id| self.fleet.remove(id));
        for (victim, shards) in restarts {
            if shards.is_empty() {
                self.fleet.remove(victim);
                continue;
            }
            let id = self.fleet.restart(victim, shards)?;
            self.fleet
                .wait_until("the shards of a killed process run", |fleet| {
                    fleet.phase(id) == Some(&Phase::Serving)
                })
                .await?;
        }
        Ok(outcome)
    }

    /// Waits until a process that was killed has ended, and until the others know what became of its shards.
    async fn await_victim(&mut self) -> Result<()> {
        let Some((kill, victim)) = self.kill.filter(|_| self.is_killed) else {
            return Ok(());
        };
        let has_ended = |fleet: &Fleet| {
            let phase = fleet.phase(victim);
            phase.is_none_or(|phase| matches!(phase, Phase::Ended | Phase::Killed))
        };
        self.fleet
            .wait_until("a process is killed", has_ended)
            .await?;
        if kill.victim == Victim::Predecessor || kill.moment == Moment::Transfer {
            return Ok(());
        }
        // The shards had been released, so that they are given or taken back.
        let shards = self.fleet.members[&victim].shards.clone();
        let predecessors = self.predecessors.clone();
        let is_known = |fleet: &Fleet, shard: &u32| {
            predecessors.iter().any(|id| {
                let member = &fleet.members[id];
                member.given.contains(shard) || member.resumed.contains(shard)
            })
        };
        self.fleet
            .wait_until(
                "the shards of a killed successor are given or taken back",
                |fleet| shards.iter().all(|shard| is_known(fleet, shard)),
            )
            .await
    }

    fn is_given(&self, shard: u32) -> bool {
        let mut predecessors = self.predecessors.iter();
        predecessors.any(|id| self.fleet.members[id].given.contains(&shard))
    }

    /// A predecessor keeps the shards that did not move, and ends without any.
    async fn settle_predecessor(&mut self, id: ProcessId, moved: &BTreeSet<u32>) -> Result<()> {
        let Some(member) = self.fleet.members.get_mut(&id) else {
            return Ok(());
        };
        if member.phase == Phase::Killed {
            return Ok(());
        }
        member.shards.retain(|shard| !moved.contains(shard));
        if member.shards.is_empty() {
            self.fleet
                .wait_until("a process without shards ends", |fleet| {
                    fleet.phase(id) == Some(&Phase::Ended)
                })
                .await?;
            self.fleet.remove(id);
        }
        Ok(())
    }
}
