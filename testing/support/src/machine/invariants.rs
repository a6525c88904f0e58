use super::{Effect, Harness};
use gloaming_machine::{CommandId, Input, Lifecycle, Output, SendKind, ShardState, Transmit};
use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

/// Checks what holds for every machine, whatever it is fed, by its outputs alone: one connection at a time,
/// no IDENTIFY without a permit, the send window, commands resolved exactly once, a deadline in every state
/// that waits.
///
/// Every method panics if an invariant does not hold.
#[derive(Debug)]
pub struct InvariantChecker {
    /// The name of the run in messages.
    run: String,
    permits: u64,
    identifies: u64,
    identified: Identified,
    sends: Vec<Instant>,
    session: Option<(String, u64)>,
    commands: HashMap<CommandId, u32>,
    connecting_or_open: bool,
}

impl InvariantChecker {
    /// Creates the checker of a run that messages call `run`.
    pub fn new(run: impl Into<String>) -> Self {
        Self {
            run: run.into(),
            permits: 0,
            identifies: 0,
            identified: Identified::No,
            sends: Vec::new(),
            session: None,
            commands: HashMap::new(),
            connecting_or_open: false,
        }
    }

    /// Returns true if there is a connection, or an attempt to connect, that can be lost or closed.
    pub const fn connecting_or_open(&self) -> bool {
        self.connecting_or_open
    }

    /// Feeds the permit that the machine has requested.
    pub fn permit(&mut self, harness: &mut Harness) {
        self.permits += 1;
        harness.input(Input::PermitGranted);
    }

    /// Feeds a command, which has to be resolved exactly once.
    pub fn command(&mut self, harness: &mut Harness, json: impl Into<String>) {
        // Its outcome is checked later, by `watch`.
        let (id, _) = harness.command(json);
        self.commands.insert(id, 0);
    }

    /// Checks the outputs since the log was `from` long.
    pub fn watch(&mut self, harness: &Harness, from: usize) {
        let run = self.run.clone();
        let mut delivered = 0;
        for (time, output) in &harness.log[from..] {
            match output {
                Effect::Output(Output::Connect { .. }) => {
                    assert!(!self.connecting_or_open, "{run}: two connections at once");
                    self.connecting_or_open = true;
                    assert_window(&self.sends, &run);
                    self.sends.clear();
                    self.identified = Identified::No;
                }
                Effect::Transmit(Transmit::Message { kind, .. }) => {
                    assert!(self.connecting_or_open, "{run}: sent without a connection");
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
                Effect::Output(Output::Deliver) => delivered += 1,
                Effect::Output(Output::Command { id, .. }) => {
                    *self.commands.get_mut(id).expect("a known command") += 1;
                }
                // A new session, even if the server gives it the id of the old one.
                Effect::Output(Output::Event(Lifecycle::Ready { .. })) => self.session = None,
                Effect::Output(
                    Output::Disconnect { .. } | Output::Event(Lifecycle::Disconnected { .. }),
                ) => self.connecting_or_open = false,
                _ => {}
            }
        }
        assert!(delivered <= 1, "{run}: delivered more than once");
        self.watch_sequence(harness);
        self.watch_deadline(harness);
    }

    /// Advances the clock, and checks that time alone resolves every command and that no deadline stalls.
    pub fn settle(mut self, harness: &mut Harness) {
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
        // The longest time that commands may wait.
        harness.now += Duration::from_secs(600);
        harness.input(Input::Timeout);
        for (_, output) in &harness.log[from..] {
            if let Effect::Output(Output::Command { id, .. }) = output {
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

/// Checks that the 120th send after any send comes at least 60 s later.
///
/// # Panics
///
/// Panics with `context` if it does not.
pub fn assert_window(times: &[Instant], context: &str) {
    for pair in times.windows(121) {
        let span = pair[120] - pair[0];
        assert!(
            span >= Duration::from_secs(60),
            "{context}: 121 sends in {span:?}"
        );
    }
}
