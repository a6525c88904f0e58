//! What must hold of a machine, whatever is done to it. The fuzz target `machine` uses it too.

use crate::harness::Harness;
use gloaming_machine::{CommandId, Input, Lifecycle, Output, SendKind, ShardState};
use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

/// What must hold, kept from the outputs alone.
pub(crate) struct InvariantChecker {
    /// What to say of the run if it fails.
    run: String,
    permits: u64,
    identifies: u64,
    identified: Identified,
    sends: Vec<Instant>,
    session: Option<(String, u64)>,
    commands: HashMap<CommandId, u32>,
    connecting_or_open: bool,
    writing: Writing,
}

impl InvariantChecker {
    pub(crate) fn new(run: impl Into<String>) -> Self {
        Self {
            run: run.into(),
            permits: 0,
            identifies: 0,
            identified: Identified::No,
            sends: Vec::new(),
            session: None,
            commands: HashMap::new(),
            connecting_or_open: false,
            writing: Writing::Open,
        }
    }

    /// Whether there is a connection that can be lost or closed.
    pub(crate) const fn connecting_or_open(&self) -> bool {
        self.connecting_or_open
    }

    /// Grants the permit that was asked for.
    pub(crate) fn permit(&mut self, harness: &mut Harness) {
        self.permits += 1;
        harness.input(Input::PermitGranted);
    }

    /// Queues a command, to be resolved exactly once.
    pub(crate) fn command(&mut self, harness: &mut Harness, json: impl Into<String>) {
        // The id is known only once it was queued, so the entry is made before the outcome is looked at.
        let (id, _) = harness.command(json);
        self.commands.insert(id, 0);
    }

    /// The transport takes nothing more.
    pub(crate) fn write_blocked(&mut self, harness: &mut Harness) {
        self.writing = Writing::Blocked;
        harness.input(Input::WriteBlocked);
    }

    /// It takes more.
    pub(crate) fn write_ready(&mut self, harness: &mut Harness) {
        self.writing = Writing::Open;
        harness.input(Input::WriteReady);
    }

    /// Looks at what came out since the log was `from` long.
    pub(crate) fn watch(&mut self, harness: &Harness, from: usize) {
        let run = self.run.clone();
        let mut delivered = 0;
        for (time, output) in &harness.log[from..] {
            match output {
                Output::Connect { .. } => {
                    assert!(!self.connecting_or_open, "{run}: two connections at once");
                    self.connecting_or_open = true;
                    assert_window(&self.sends, &run);
                    self.sends.clear();
                    self.identified = Identified::No;
                }
                Output::Send { kind, .. } => {
                    assert!(self.connecting_or_open, "{run}: sent without a connection");
                    assert_eq!(
                        self.writing,
                        Writing::Open,
                        "{run}: sent to a transport that takes nothing"
                    );
                    self.sends.push(*time);
                    match kind {
                        SendKind::Identify | SendKind::Resume => {
                            assert_eq!(
                                self.identified,
                                Identified::No,
                                "{run}: twice on a connection (P13)"
                            );
                            self.identified = Identified::Yes;
                            if *kind == SendKind::Identify {
                                self.identifies += 1;
                                assert!(
                                    self.identifies <= self.permits,
                                    "{run}: identify without a permit"
                                );
                            }
                        }
                        SendKind::Command => assert_eq!(
                            self.identified,
                            Identified::Yes,
                            "{run}: a command before the session (P13)"
                        ),
                        SendKind::Heartbeat => {}
                    }
                }
                Output::Deliver => delivered += 1,
                Output::Command { id, .. } => {
                    *self.commands.get_mut(id).expect("a known command") += 1;
                }
                // A new session, even if the server gives it the name of the old one.
                Output::Event(Lifecycle::Ready { .. }) => self.session = None,
                Output::Disconnect => self.connecting_or_open = false,
                Output::Event(Lifecycle::Disconnected { .. }) => self.connecting_or_open = false,
                _ => {}
            }
        }
        assert!(delivered <= 1, "{run}: delivered more than once");
        // A connection that is not there yet has a transport of its own.
        if harness.machine.state_name() == "connecting" {
            self.writing = Writing::Open;
        }
        self.watch_sequence(harness);
        self.watch_deadline(harness);
    }

    /// Time alone brings every machine to rest or to another attempt, and every command to its end.
    pub(crate) fn settle(mut self, harness: &mut Harness) {
        let run = self.run.clone();
        let from = harness.log.len();
        for _ in 0..50 {
            let Some(deadline) = harness.deadline else {
                break;
            };
            assert!(
                deadline < harness.now + Duration::from_secs(86_401),
                "{run}: a deadline out of reach"
            );
            harness.next_deadline();
            if let Some(next) = harness.deadline {
                assert!(next > harness.now, "{run}: a deadline that stands still");
            }
        }
        // As long as commands may wait.
        harness.now += Duration::from_secs(600);
        harness.input(Input::Timeout);
        for (_, output) in &harness.log[from..] {
            if let Output::Command { id, .. } = output {
                *self.commands.get_mut(id).expect("a known command") += 1;
            }
        }
        for (id, times) in &self.commands {
            assert_eq!(*times, 1, "{run}: {id:?} resolved {times} times");
        }
    }

    fn watch_sequence(&mut self, harness: &Harness) {
        let run = &self.run;
        let current = harness
            .machine
            .session()
            .map(|session| (session.id().to_owned(), session.sequence()));
        if let (Some((old_id, old)), Some((id, sequence))) = (&self.session, &current)
            && old_id == id
        {
            assert!(sequence >= old, "{run}: {old} went back to {sequence}");
        }
        self.session = current;
    }

    fn watch_deadline(&self, harness: &Harness) {
        let run = &self.run;
        let state = harness.machine.state_name();
        match harness.machine.state() {
            ShardState::Closed | ShardState::FatallyClosed => {
                assert_eq!(harness.deadline, None, "{run}: stopped");
            }
            _ if state == "idle" => {}
            _ => assert!(harness.deadline.is_some(), "{run}: {state} has no deadline"),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Identified {
    No,
    Yes,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Writing {
    Open,
    Blocked,
}

/// The 121st send after any send comes no sooner than 60 s later.
pub(crate) fn assert_window(times: &[Instant], context: &str) {
    for pair in times.windows(121) {
        let span = pair[120] - pair[0];
        assert!(
            span >= Duration::from_secs(60),
            "{context}: 121 sends in {span:?}"
        );
    }
}
