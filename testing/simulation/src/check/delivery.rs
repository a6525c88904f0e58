//! Every event once, in order, and every loss told.

use crate::{
    finding::{Check, Invariant, broken},
    network::Tag,
};
use gloaming_machine::{Lifecycle, Session};
use std::{collections::BTreeSet, rc::Rc};

/// What a shard's consumer was told and handed.
#[derive(Debug, Default)]
pub(crate) struct DeliveryGuard {
    current: Option<Current>,
}

#[derive(Debug)]
struct Current {
    session: Rc<str>,
    last: u64,
    /// Skipped last; they may yet come.
    hole: BTreeSet<u64>,
}

impl DeliveryGuard {
    /// The session and sequence that were delivered last.
    pub(crate) fn position(&self) -> Option<(&Rc<str>, u64)> {
        self.current
            .as_ref()
            .map(|current| (&current.session, current.last))
    }

    /// The consumer starts over from what was stored.
    pub(crate) fn restart(&mut self, session: Option<&Session>) {
        self.current = session.map(|session| Current {
            session: session.id().into(),
            last: session.sequence(),
            hole: BTreeSet::new(),
        });
    }

    /// Checks a step of the machine: what it was fed, how often it delivered that, and which events it had.
    pub(crate) fn step(
        &mut self,
        fed: Option<&Tag>,
        deliveries: usize,
        events: &[Lifecycle],
    ) -> Check {
        let skipped = events.iter().find_map(|event| match event {
            Lifecycle::Skipped { after, until } => Some((*after, *until)),
            _ => None,
        });
        for event in events {
            if let Lifecycle::Gap { session_id, after } = event {
                self.lose(session_id, *after)?;
            }
        }
        match fed {
            Some(tag) => self.fed(tag, deliveries, skipped),
            None if skipped.is_some() => broken(Invariant::Loss, "skipped events without an event"),
            None => Ok(()),
        }
    }

    fn lose(&mut self, session: &str, after: u64) -> Check {
        match self.current.take() {
            Some(current) if *current.session == *session && current.last == after => Ok(()),
            current => broken(
                Invariant::Loss,
                format!(
                    "a gap in session {session} after {after} is told, but it stands at {current:?}"
                ),
            ),
        }
    }

    fn fed(&mut self, tag: &Tag, deliveries: usize, skipped: Option<(u64, u64)>) -> Check {
        let due = match &mut self.current {
            Some(current) if current.session == tag.session => {
                current.take(tag.sequence, skipped)?
            }
            Some(current) => {
                return broken(
                    Invariant::Loss,
                    format!(
                        "session {} begins, and nobody said that {} was lost after {}",
                        tag.session, current.session, current.last
                    ),
                );
            }
            None => {
                self.current = Some(Current {
                    session: Rc::clone(&tag.session),
                    last: tag.sequence,
                    hole: BTreeSet::new(),
                });
                1
            }
        };
        if deliveries == due {
            return Ok(());
        }
        broken(
            Invariant::Delivery,
            format!(
                "event {} of session {} was delivered {deliveries} times where it should be {due}",
                tag.sequence, tag.session
            ),
        )
    }
}

impl Current {
    /// How often the event is to be delivered.
    fn take(
        &mut self,
        sequence: u64,
        skipped: Option<(u64, u64)>,
    ) -> Result<usize, (Invariant, String)> {
        if sequence <= self.last {
            return Ok(usize::from(self.hole.remove(&sequence)));
        }
        let hole = self.last + 1..sequence;
        let told = skipped.map_or(0..0, |(after, until)| after + 1..until);
        if !(hole.is_empty() && told.is_empty()) {
            if hole != told {
                broken(
                    Invariant::Loss,
                    format!("{hole:?} were skipped, {told:?} were told"),
                )?;
            }
            self.hole = hole.collect();
        }
        self.last = sequence;
        Ok(1)
    }
}
