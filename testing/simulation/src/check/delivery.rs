//! Checks that every event is delivered once and in order, and that every loss is reported.

use crate::{
    finding::{Check, Invariant, violated},
    network::Tag,
};
use gloaming_machine::{Lifecycle, Session};
use std::{collections::BTreeSet, rc::Rc};

/// The position of a shard's consumer.
#[derive(Debug, Default)]
pub(crate) struct DeliveryChecker {
    current: Option<Current>,
    given_up: GivenUp,
}

/// The session that the user gave up. Its last events may still arrive.
#[derive(Debug, Default)]
enum GivenUp {
    #[default]
    No,
    Yes(Option<Current>),
}

#[derive(Debug)]
struct Current {
    session: Rc<str>,
    last: u64,
    /// The sequence numbers that were skipped last. They may still arrive.
    skipped: BTreeSet<u64>,
}

impl DeliveryChecker {
    /// Returns the session and sequence number that were delivered last.
    pub(crate) fn position(&self) -> Option<(&Rc<str>, u64)> {
        self.current
            .as_ref()
            .map(|current| (&current.session, current.last))
    }

    /// The user gives up the session, whose loss has to be reported.
    pub(crate) fn replace(&mut self) {
        if matches!(self.given_up, GivenUp::No) {
            self.given_up = GivenUp::Yes(None);
        }
    }

    /// The user ends the session with the shard. Its loss is not reported, and its last events may still arrive.
    pub(crate) fn end(&mut self) {
        if matches!(self.given_up, GivenUp::No) {
            self.given_up = GivenUp::Yes(self.current.take());
        }
    }

    /// Another connection is attempted, on which no event of a session arrives that was given up before.
    pub(crate) fn attempt(&mut self) {
        self.given_up = GivenUp::No;
    }

    /// Resets the consumer to a stored session.
    pub(crate) fn restart(&mut self, session: Option<&Session>) {
        self.given_up = GivenUp::No;
        self.current = session.map(|session| Current {
            session: session.id().into(),
            last: session.sequence(),
            skipped: BTreeSet::new(),
        });
    }

    /// Checks a step of the machine: its input, the number of deliveries, and its lifecycle events.
    pub(crate) fn step(
        &mut self,
        input: Option<&Tag>,
        deliveries: usize,
        events: &[Lifecycle],
    ) -> Check {
        let reported_skip = events.iter().find_map(|event| match event {
            Lifecycle::Skipped { after, until } => Some((*after, *until)),
            _ => None,
        });
        for event in events {
            if let Lifecycle::Gap {
                session_id, after, ..
            } = event
            {
                self.gap_reported(session_id, *after)?;
            }
        }
        match input {
            Some(tag) => self.event(tag, deliveries, reported_skip),
            None if reported_skip.is_some() => violated(
                Invariant::LossReports,
                "skipped events are reported without an event",
            ),
            None => Ok(()),
        }
    }

    fn gap_reported(&mut self, session: &str, after: u64) -> Check {
        match self.current.take() {
            Some(mut current) if *current.session == *session && current.last == after => {
                if let GivenUp::Yes(given_up) = &mut self.given_up {
                    // What was skipped is not awaited any more.
                    current.skipped.clear();
                    *given_up = Some(current);
                }
                Ok(())
            }
            current => violated(
                Invariant::LossReports,
                format!(
                    "a gap in session {session} after {after} is reported, but the position is {current:?}"
                ),
            ),
        }
    }

    fn event(&mut self, tag: &Tag, deliveries: usize, reported_skip: Option<(u64, u64)>) -> Check {
        let position = match &mut self.given_up {
            // The READY that crosses the close frame is of a session that ends as well.
            GivenUp::Yes(given_up) => {
                given_up.take_if(|given_up| given_up.session != tag.session);
                given_up
            }
            GivenUp::No => &mut self.current,
        };
        let expected = match position {
            Some(current) if current.session == tag.session => {
                current.advance(tag.sequence, reported_skip)?
            }
            Some(current) => {
                return violated(
                    Invariant::LossReports,
                    format!(
                        "session {} begins, and the loss of {} after {} is not reported",
                        tag.session, current.session, current.last
                    ),
                );
            }
            None => {
                *position = Some(Current {
                    session: Rc::clone(&tag.session),
                    last: tag.sequence,
                    skipped: BTreeSet::new(),
                });
                1
            }
        };
        if deliveries == expected {
            return Ok(());
        }
        violated(
            Invariant::Delivery,
            format!(
                "event {} of session {} was delivered {deliveries} times, expected {expected}",
                tag.sequence, tag.session
            ),
        )
    }
}

impl Current {
    /// Returns how often the event has to be delivered.
    fn advance(
        &mut self,
        sequence: u64,
        reported_skip: Option<(u64, u64)>,
    ) -> Result<usize, (Invariant, String)> {
        if sequence <= self.last {
            return Ok(usize::from(self.skipped.remove(&sequence)));
        }
        let skipped = self.last + 1..sequence;
        let reported = reported_skip.map_or(0..0, |(after, until)| after + 1..until);
        if !(skipped.is_empty() && reported.is_empty()) {
            if skipped != reported {
                violated(
                    Invariant::LossReports,
                    format!("{skipped:?} were skipped, {reported:?} were reported"),
                )?;
            }
            self.skipped = skipped.collect();
        }
        self.last = sequence;
        Ok(1)
    }
}
