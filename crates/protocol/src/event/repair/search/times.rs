//! Timestamps with an offset from UTC, which the decoder accepts and ignores.

use super::super::candidates::{Group, group};
use super::super::edits::{Edit, Edits};
use super::super::utc::utc;
use super::{MAX_BYTES, Search};

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
