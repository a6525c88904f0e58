//! The processes of the bot.

use super::{
    bot::{BotOptions, CLOSE},
    line::Line,
    record::SharedRecord,
};
use crate::{
    Result, clock,
    counted::Counted,
    process::{Output, PATIENCE, Process},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    time::Duration,
};
use tokio::{sync::mpsc, time::timeout};

/// The number of a process. A later one has a higher number.
pub(crate) type ProcessId = usize;

/// What a process has done last.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Phase {
    Starting,
    /// It may start the shards that it took.
    Released,
    /// All its shards are connected.
    Running,
    /// Its shards are its own.
    Serving,
    /// It ended by itself.
    Ended,
    /// It was killed.
    Killed,
}

/// A process.
#[derive(Debug)]
pub(crate) struct Member {
    /// Those that it runs or asks for.
    pub(crate) shards: BTreeSet<u32>,
    pub(crate) socket: PathBuf,
    pub(crate) phase: Phase,
    /// Shards whose state it has sent to the next process.
    pub(crate) prepared: usize,
    /// Shards that run in another process.
    pub(crate) given: BTreeSet<u32>,
    /// Shards that it has connected since the hand-over began.
    pub(crate) resumed: BTreeSet<u32>,
    /// Whether it takes its shards from other processes, unlike one that follows a killed process.
    pub(crate) has_taken: bool,
    /// Why it took no shards.
    pub(crate) failure: Option<String>,
    directory: PathBuf,
    process: Process,
}

impl Member {
    /// Whether a successor has come to an end: it has the shards, or will not have them.
    pub(crate) const fn is_settled(&self) -> bool {
        matches!(self.phase, Phase::Serving | Phase::Ended | Phase::Killed)
    }
}

/// All processes that live, or whose end was not dealt with.
#[derive(Debug)]
pub(crate) struct Fleet {
    pub(crate) members: BTreeMap<ProcessId, Member>,
    pub(crate) record: SharedRecord,
    url: String,
    total: u32,
    folder: PathBuf,
    notices: mpsc::UnboundedReceiver<(ProcessId, Option<Line>)>,
    sender: mpsc::UnboundedSender<(ProcessId, Option<Line>)>,
    states: BTreeMap<u32, Counted>,
}

impl Fleet {
    pub(crate) fn new(url: &str, total: u32, folder: &Path, record: SharedRecord) -> Self {
        let (sender, notices) = mpsc::unbounded_channel();
        Self {
            members: BTreeMap::new(),
            record,
            url: url.to_owned(),
            total,
            folder: folder.to_owned(),
            notices,
            sender,
            states: BTreeMap::new(),
        }
    }

    /// Starts a process that takes shards from others, or without them connects its shards.
    pub(crate) fn start(
        &mut self,
        shards: &BTreeSet<u32>,
        predecessors: Vec<PathBuf>,
    ) -> Result<ProcessId> {
        let name: Vec<_> = shards.iter().map(u32::to_string).collect();
        let name = name.join("-");
        // Processes that follow each other with the same shards use the same files.
        let socket = self.folder.join(&name);
        let directory = self.folder.join(format!("store-{name}"));
        self.start_with(shards, socket, directory, predecessors)
    }

    /// Starts the process that follows one which was killed, with its store.
    pub(crate) fn restart(
        &mut self,
        killed: ProcessId,
        shards: BTreeSet<u32>,
    ) -> Result<ProcessId> {
        let member = self.members.remove(&killed);
        let member = member.ok_or("there is no such process")?;
        self.start_with(&shards, member.socket, member.directory, Vec::new())
    }

    fn start_with(
        &mut self,
        shards: &BTreeSet<u32>,
        socket: PathBuf,
        directory: PathBuf,
        predecessors: Vec<PathBuf>,
    ) -> Result<ProcessId> {
        let has_taken = !predecessors.is_empty();
        let options = BotOptions {
            url: self.url.clone(),
            directory: directory.clone(),
            socket: socket.clone(),
            total: self.total,
            shards: shards.clone(),
            predecessors,
        };
        let id = self.record.lock().process_started();
        let (record, notices) = (self.record.clone(), self.sender.clone());
        let process = Process::start(options.into_args(), move |output| {
            let notice = match output {
                Output::End => None,
                Output::Line(line) => match Line::parse(line) {
                    Some(Line::Handled(event)) => {
                        return record.lock().handled(clock::now(), id, event);
                    }
                    Some(Line::Resumes { shard, sequence }) => {
                        return record.lock().resumes(id, shard, sequence);
                    }
                    Some(line) => Some(line),
                    // It was killed while it wrote.
                    None => return,
                },
            };
            // At the end of the drill, nobody listens.
            _ = notices.send((id, notice));
        })?;
        self.members.insert(
            id,
            Member {
                shards: shards.clone(),
                socket,
                phase: Phase::Starting,
                prepared: 0,
                given: BTreeSet::new(),
                resumed: BTreeSet::new(),
                has_taken,
                failure: None,
                directory,
                process,
            },
        );
        Ok(id)
    }

    /// Waits for what a process does next. Returns `None` in place of a line if it has ended.
    pub(crate) async fn next(&mut self, awaited: &str) -> Result<(ProcessId, Option<Line>)> {
        let notice = timeout(PATIENCE, self.notices.recv()).await;
        let (id, line) = notice
            .map_err(|_| format!("no process makes progress: {awaited}; {:?}", self.phases()))?
            .ok_or("there is no process")?;
        let Some(member) = self.members.get_mut(&id) else {
            return Ok((id, line));
        };
        match &line {
            None => {
                let status = member.process.ended().await?;
                if status.success() {
                    self.record.lock().not_killed(id);
                    member.phase = Phase::Ended;
                } else if self.record.lock().was_killed(id) {
                    member.phase = Phase::Killed;
                } else {
                    let Member { phase, failure, .. } = member;
                    return Err(
                        format!("process {id} ended in {phase:?}: {failure:?}, {status}").into(),
                    );
                }
            }
            Some(Line::Released) => member.phase = Phase::Released,
            Some(Line::Running) if member.phase != Phase::Serving => member.phase = Phase::Running,
            Some(Line::Serving) => member.phase = Phase::Serving,
            Some(Line::Failed(reason)) => member.failure = Some(reason.clone()),
            Some(Line::Preparing { .. }) => member.prepared += 1,
            Some(Line::Given { shard }) => _ = member.given.insert(*shard),
            Some(Line::Resumed { shard }) => _ = member.resumed.insert(*shard),
            Some(Line::State { shard, counted }) => _ = self.states.insert(*shard, *counted),
            Some(_) => {}
        }
        Ok((id, line))
    }

    /// Waits until a condition holds.
    pub(crate) async fn wait_until(
        &mut self,
        awaited: &str,
        condition: impl Fn(&Self) -> bool,
    ) -> Result<()> {
        while !condition(self) {
            self.next(awaited).await?;
        }
        Ok(())
    }

    pub(crate) fn phase(&self, id: ProcessId) -> Option<&Phase> {
        self.members.get(&id).map(|member| &member.phase)
    }

    pub(crate) async fn tell(&mut self, id: ProcessId, command: &str) {
        if let Some(member) = self.members.get_mut(&id) {
            member.process.tell(command).await;
        }
    }

    /// Kills a process after some time, unless it has ended by then.
    pub(crate) async fn kill(&mut self, id: ProcessId, delay: Duration) -> Result<()> {
        // The moment of the kill is random; nothing is waited for.
        tokio::time::sleep(delay).await;
        self.record.lock().killed(id);
        match self.members.get_mut(&id) {
            Some(member) => member.process.kill(),
            None => Ok(()),
        }
    }

    /// Forgets a process that has ended.
    pub(crate) fn remove(&mut self, id: ProcessId) {
        // The next process may use its files.
        self.members.remove(&id);
    }

    /// Ends all processes in order, and returns the states of the shards.
    pub(crate) async fn close(&mut self) -> Result<BTreeMap<u32, Counted>> {
        let ids: Vec<_> = self.members.keys().copied().collect();
        for id in ids {
            self.tell(id, CLOSE).await;
            self.wait_until("a process ends", |fleet| {
                fleet.phase(id) == Some(&Phase::Ended)
            })
            .await?;
            self.remove(id);
        }
        Ok(std::mem::take(&mut self.states))
    }

    fn phases(&self) -> Vec<(ProcessId, &BTreeSet<u32>, &Phase)> {
        let members = self.members.iter();
        members
            .map(|(id, member)| (*id, &member.shards, &member.phase))
            .collect()
    }
}
