//! Timestamps with an offset from UTC, which the decoder accepts and ignores, and those in forms that it refuses.

use super::super::candidates::{Group, group};
use super::super::edits::{Edit, Edits};
use super::super::fault::Fault;
use super::super::utc::{refused, utc};
use super::{BoundsReached, Failure, Found, MAX_BYTES, Outcome, Search};

/// The most times that are looked at one by one. More are looked at by their place in the elements of a list.
const MAX_SINGLE: usize = 64;

impl<T> Search<'_, '_, '_, T> {
    /// Converts timestamps to UTC in an event that fits its type with these changes, and returns the event.
    ///
    /// What only looks like a timestamp, such as the text of a message, is not changed: the type wants a timestamp
    /// where it does not accept another text. The event is decoded twice if it has no such
    /// place, and otherwise at most as often and as large as the other repairs allow.
    pub(super) fn convert_times(&mut self, edits: &mut Edits, event: T) -> T {
        let tree = self.tree;
        let looks_like_time =
            |&node: &usize| !edits.is_gone(tree, node) && utc(tree, node).is_some();
        let times: Vec<_> = tree.below(0).filter(looks_like_time).collect();
        if times.is_empty() || self.is_any_text_accepted(edits, &times) {
            return event;
        }
        let groups: Vec<Group> = match times.len() {
            0..=MAX_SINGLE => times.into_iter().map(|node| vec![node]).collect(),
            _ => group(tree, times.into_iter()),
        };
        let mut converted = edits.clone();
        let mut bytes = 0;
        for times in &groups {
            // If there is one group, it was looked at.
            if groups.len() > 1 {
                bytes += tree.text(0).len();
                if bytes > MAX_BYTES {
                    break;
                }
                if self.is_any_text_accepted(edits, times) {
                    continue;
                }
            }
            for &node in times {
                if let Some(utc) = utc(tree, node) {
                    converted.set(node, Edit::Replace(utc));
                }
            }
        }
        match self.decode_with(&converted) {
            Some(event) => {
                *edits = converted;
                event
            }
            None => event,
        }
    }

    /// Converts timestamps in a form that the decoder refuses, if the failure is gone then.
    ///
    /// Other texts, such as the content of a message, may have that form. So the changes of each place are taken back
    /// without which the event fits its type as far.
    pub(super) fn read_times(
        &mut self,
        edits: &Edits,
        failure: &Failure,
    ) -> Result<Option<Found<T>>, BoundsReached> {
        // The error about a timestamp does not name it.
        if !matches!(failure.fault, Fault::Other { .. }) {
            return Ok(None);
        }
        let tree = self.tree;
        let mut converted = edits.clone();
        let mut times = Vec::new();
        for node in tree.below(0) {
            if !edits.is_gone(tree, node)
                && let Some(utc) = refused(tree, node)
            {
                converted.set(node, Edit::Replace(utc));
                times.push(node);
            }
        }
        if times.is_empty() {
            return Ok(None);
        }
        let outcome = self.attempt(&converted)?;
        let helps = match &outcome {
            Outcome::Fits(_) => true,
            Outcome::Fails(now) => self.is_progress(failure, now, &converted, &[]),
        };
        if !helps {
            return Ok(None);
        }
        let mut found = Found {
            edits: converted,
            outcome,
        };
        let groups = group(tree, times.into_iter());
        // If there is one group, it helped.
        for times in groups.iter().filter(|_| groups.len() > 1) {
            let mut edits = found.edits.clone();
            for &node in times {
                edits.unset(node);
            }
            let Ok(outcome) = self.attempt(&edits) else {
                break;
            };
            let fits_as_far = match (&found.outcome, &outcome) {
                (_, Outcome::Fits(_)) => true,
                (Outcome::Fails(before), Outcome::Fails(now)) => now.is_same(before),
                (Outcome::Fits(_), Outcome::Fails(_)) => false,
            };
            if fits_as_far {
                found = Found { edits, outcome };
            }
        }
        Ok(Some(found))
    }

    /// Whether the event fits its type if these strings have another text.
    fn is_any_text_accepted(&mut self, edits: &Edits, strings: &[usize]) -> bool {
        let mut edits = edits.clone();
        for &node in strings {
            edits.set(node, Edit::Replace(r#""?""#.to_owned()));
        }
        self.decode_with(&edits).is_some()
    }

    fn decode_with(&mut self, edits: &Edits) -> Option<T> {
        (self.decode)(&edits.apply(self.tree).text).ok()
    }
}
