//! The search for the smallest changes that make an event fit its type.

mod times;

use super::Repair;
use super::candidates::{Group, Means, objects_without, suspects};
use super::defaults::{EMPTY, documented, empty};
use super::edits::{Edit, Edits, Location};
use super::fault::{Fault, Unexpected};
use super::report::report;
use super::tree::{NodeId, Place, Tree};
use crate::event::mismatch::Mismatch;

/// The most times that one event is decoded.
const MAX_ATTEMPTS: usize = 256;

/// The most bytes that are decoded for one event, over all attempts.
const MAX_BYTES: usize = 16 << 20;

/// Decodes JSON that may be followed by other text.
type Decode<'d, T> = dyn FnMut(&str) -> Result<T, serde_json::Error> + 'd;

/// Changes `data` until `decode` accepts it.
///
/// # Errors
///
/// Returns what does not match if it can't be repaired without taking the whole value away, or in as many attempts as
/// one event is worth. Returns `None` if `data` is not JSON.
pub(in super::super) fn repair<T>(
    data: &str,
    decode: &mut Decode<'_, T>,
) -> Result<(T, Vec<Repair>), Option<Mismatch>> {
    let tree = Tree::parse(data).ok_or(None)?;
    let mut search = Search {
        tree: &tree,
        decode,
        attempts: 0,
        bytes: 0,
    };
    let edits = Edits::default();
    let outcome = search.attempt(&edits).map_err(|_| None)?;
    let mut found = Found { edits, outcome };
    // The first is what the server sent. Later ones may come from changes that did not lead to a repair.
    let mut first = None;
    loop {
        let failure = match found.outcome {
            Outcome::Fits(value) => {
                let value = search.convert_times(&mut found.edits, value);
                return Ok((value, report(&tree, &found.edits)));
            }
            Outcome::Fails(failure) => failure,
        };
        first.get_or_insert_with(|| {
            let path = tree.path(failure.place.node());
            Mismatch::new(path, &failure.message)
        });
        found = match search.step(&found.edits, &failure) {
            Ok(Some(found)) => found,
            Ok(None) | Err(BoundsReached) => return Err(first),
        };
    }
}

struct Search<'s, 't, 'd, T> {
    tree: &'s Tree<'t>,
    decode: &'s mut Decode<'d, T>,
    attempts: usize,
    bytes: usize,
}

/// The bounds of the search are reached.
struct BoundsReached;

/// Changes, and how the event decodes with them.
struct Found<T> {
    edits: Edits,
    outcome: Outcome<T>,
}

enum Outcome<T> {
    Fits(T),
    Fails(Failure),
}

/// Why and where an attempt failed.
struct Failure {
    place: Location,
    message: String,
    fault: Fault,
}

/// A value and its change.
type Change = (NodeId, Edit);

/// Whether a value that is left out may be one that its object must have.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Loss {
    Optional,
    Required,
}

/// Whether adding a member to objects helped.
enum Addition<T> {
    Helped(Found<T>),
    /// The objects lack the member, and no value that is known fits.
    NoValue,
    /// The objects do not lack the member.
    NotMissing,
}

impl<T> Search<'_, '_, '_, T> {
    fn attempt(&mut self, edits: &Edits) -> Result<Outcome<T>, BoundsReached> {
        let edited = edits.apply(self.tree);
        self.attempts += 1;
        self.bytes += edited.text.len();
        if self.attempts > MAX_ATTEMPTS || self.bytes > MAX_BYTES {
            return Err(BoundsReached);
        }
        let error = match (self.decode)(&edited.text) {
            Ok(value) => return Ok(Outcome::Fits(value)),
            Err(error) => error,
        };
        let text = error.to_string();
        let message = text
            .rsplit_once(" at line ")
            .map_or(&*text, |(message, _)| message);
        let fault = Fault::of(message);
        let end = offset(&edited.text, error.line(), error.column());
        // The error of an object or array of the wrong type is at its start, all others are at the end of the value.
        let at = match &fault {
            Fault::Unexpected {
                value: Unexpected::Array | Unexpected::Object,
                ..
            } if edited.text[end..].starts_with(['[', '{']) => end,
            _ => end.saturating_sub(1),
        };
        let place = edited.locate(self.tree, at);
        Ok(Outcome::Fails(Failure {
            place,
            message: message.to_owned(),
            fault,
        }))
    }

    /// Finds changes after which the failure is gone. Another one may have taken its place.
    fn step(
        &mut self,
        edits: &Edits,
        failure: &Failure,
    ) -> Result<Option<Found<T>>, BoundsReached> {
        if let Some(found) = self.read_times(edits, failure)? {
            return Ok(Some(found));
        }
        let scope = failure.place.node();
        let mut culprits = Vec::new();
        let groups = suspects(self.tree, edits, scope, &failure.fault);
        if let Some(found) = self.change_groups(edits, failure, &groups, Loss::Optional)? {
            return Ok(Some(found));
        }
        if let Some(name) = failure.fault.missing_member() {
            for objects in objects_without(self.tree, edits, scope, name) {
                match self.add_member(edits, failure, &objects, name)? {
                    Addition::Helped(found) => return Ok(Some(found)),
                    Addition::NoValue => culprits.extend(objects),
                    Addition::NotMissing => {}
                }
            }
        }
        // An earlier change may have been the wrong one.
        culprits.extend(groups.iter().flatten());
        culprits.push(scope);
        culprits.extend(edits.values().map(|(node, _)| node));
        culprits.extend(edits.added().map(|(object, _, _)| object));
        // Without a hint, the lack of any required member looks like another failure.
        let losses: &[Loss] = if self.is_hinted(failure) {
            &[Loss::Required]
        } else {
            &[Loss::Optional, Loss::Required]
        };
        for &loss in losses {
            if loss == Loss::Required
                && let Some(found) = self.change_groups(edits, failure, &groups, loss)?
            {
                return Ok(Some(found));
            }
            if let Some(found) = self.remove_around(edits, failure, &culprits, loss)? {
                return Ok(Some(found));
            }
            if let Some(found) = self.remove_within(edits, failure, scope, loss)? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    fn change_groups(
        &mut self,
        edits: &Edits,
        failure: &Failure,
        groups: &[Group],
        loss: Loss,
    ) -> Result<Option<Found<T>>, BoundsReached> {
        for means in Means::ALL {
            for group in groups {
                let edit = |&node| Some((node, means.edit(self.tree, node, &failure.fault)?));
                let changes: Option<Vec<Change>> = group.iter().map(edit).collect();
                if let Some(changes) = changes
                    && let Some(found) = self.change(edits, failure, &changes, loss)?
                {
                    return Ok(Some(found));
                }
            }
        }
        Ok(None)
    }

    /// Adds a member to objects that lack it, with the value that the documentation gives it, or that stands for
    /// nothing.
    fn add_member(
        &mut self,
        edits: &Edits,
        failure: &Failure,
        objects: &[NodeId],
        name: &str,
    ) -> Result<Addition<T>, BoundsReached> {
        let with = |json: &dyn Fn(NodeId) -> Option<String>| {
            let mut edits = edits.clone();
            for &object in objects {
                if let Some(null) = self.tree.member(object, name) {
                    edits.set(null, Edit::Remove);
                }
                edits.add_member(object, name, &json(object)?);
            }
            Some(edits)
        };
        let with_all = |json: &str| with(&|_| Some(json.to_owned()));
        let mut values = vec![with(&|object| documented(self.tree, object, name))];
        let mut otherwise = Addition::NotMissing;
        // The error about `null` tells which type is expected.
        if let Some(edits) = with_all("null") {
            let outcome = self.attempt(&edits)?;
            match &outcome {
                Outcome::Fails(now) if now.is_same(failure) => {
                    // The decoder takes `null` for an absent member, if it is this object's.
                    if objects.contains(&failure.place.node()) {
                        values.extend(EMPTY.map(with_all));
                    }
                }
                Outcome::Fails(now) if !self.is_progress(failure, now, &edits, &[]) => {
                    otherwise = Addition::NoValue;
                    if let Fault::Unexpected { expected, .. } = &now.fault {
                        values.extend(empty(expected).map(with_all));
                    }
                }
                _ => return Ok(Addition::Helped(Found { edits, outcome })),
            }
        }
        for edits in values.into_iter().flatten() {
            let outcome = self.attempt(&edits)?;
            let helps = match &outcome {
                Outcome::Fits(_) => true,
                Outcome::Fails(now) => self.is_progress(failure, now, &edits, &[]),
            };
            if helps {
                return Ok(Addition::Helped(Found { edits, outcome }));
            }
        }
        Ok(otherwise)
    }

    /// Leaves out the smallest value around one of the culprits.
    fn remove_around(
        &mut self,
        edits: &Edits,
        failure: &Failure,
        culprits: &[NodeId],
        loss: Loss,
    ) -> Result<Option<Found<T>>, BoundsReached> {
        let mut around = Vec::new();
        for &culprit in culprits {
            let mut next = Some(culprit);
            while let Some(node) = next.filter(|&node| node != 0) {
                around.push(node);
                next = self.tree.node(node).parent;
            }
        }
        around.sort_by_key(|&node| (self.tree.node(node).span.len(), node));
        around.dedup();
        for node in around {
            let change = (node, Edit::Remove);
            if let Some(found) = self.change(edits, failure, &[change], loss)? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    /// Leaves out the smallest value within `scope` after which the failure is gone.
    fn remove_within(
        &mut self,
        edits: &Edits,
        failure: &Failure,
        scope: NodeId,
        loss: Loss,
    ) -> Result<Option<Found<T>>, BoundsReached> {
        for &child in &self.tree.node(scope).children {
            if edits.is_gone(self.tree, child) {
                continue;
            }
            let change = (child, Edit::Remove);
            if let Some(found) = self.change(edits, failure, &[change], loss)? {
                let smaller = self.remove_within(edits, failure, child, loss)?;
                return Ok(smaller.or(Some(found)));
            }
        }
        Ok(None)
    }

    /// Returns `None` if the failure is still there.
    fn change(
        &mut self,
        edits: &Edits,
        failure: &Failure,
        changes: &[Change],
        loss: Loss,
    ) -> Result<Option<Found<T>>, BoundsReached> {
        let mut edits = edits.clone();
        for (node, edit) in changes {
            edits.set(*node, edit.clone());
        }
        let outcome = self.attempt(&edits)?;
        let helps = match &outcome {
            Outcome::Fits(_) => true,
            Outcome::Fails(now) => {
                let is_own = loss == Loss::Optional && self.may_be_loss(failure, now, changes);
                !is_own && self.is_progress(failure, now, &edits, changes)
            }
        };
        Ok(helps.then_some(Found { edits, outcome }))
    }

    /// Whether a failure may be that the changes left out what is required.
    fn may_be_loss(&self, before: &Failure, now: &Failure, changes: &[Change]) -> bool {
        match &now.fault {
            Fault::MissingMember(missing) => {
                let is_removed = changes.iter().any(|(node, edit)| {
                    let place = &self.tree.node(*node).place;
                    let is_named = matches!(place, Place::Member { name, .. } if name == missing);
                    *edit == Edit::Remove && is_named
                });
                is_removed || !self.is_hinted(before)
            }
            Fault::Other { .. } => !self.is_hinted(before),
            Fault::DuplicateMember(_) | Fault::Unexpected { .. } | Fault::UnknownVariant(_) => {
                false
            }
        }
    }

    /// Whether a failure tells to which value it refers.
    fn is_hinted(&self, failure: &Failure) -> bool {
        let is_leaf = self.tree.node(failure.place.node()).children.is_empty();
        is_leaf || !matches!(failure.fault, Fault::Other { .. })
    }

    /// Whether a failure is gone, and the one that took its place is not of the changes' making.
    fn is_progress(
        &self,
        before: &Failure,
        now: &Failure,
        edits: &Edits,
        changes: &[Change],
    ) -> bool {
        let end = |failure: &Failure| self.tree.node(failure.place.node()).span.end;
        if matches!(now.place, Location::Added(_)) {
            return false;
        }
        let is_value = |value: &Unexpected, json: &str| {
            Tree::parse(json).is_some_and(|tree| value.matches(&tree, 0))
        };
        let is_of_change = changes.iter().any(|(node, edit)| match (edit, &now.fault) {
            (Edit::Remove, _) => false,
            (Edit::Replace(json), Fault::Unexpected { value, .. }) => {
                now.place == Location::Node(*node) || is_value(value, json)
            }
            // The text does not tell of which value it speaks.
            (Edit::Replace(_), Fault::Other { .. }) => self.tree.is_within(*node, now.place.node()),
            (Edit::Replace(_), _) => false,
        });
        let is_of_added = edits.added().any(|(object, _, json)| {
            self.tree.is_within(object, now.place.node())
                && match &now.fault {
                    Fault::Unexpected { value, .. } => is_value(value, json),
                    // Neither does it tell whether it speaks of the member.
                    Fault::Other { .. } => true,
                    Fault::MissingMember(_)
                    | Fault::DuplicateMember(_)
                    | Fault::UnknownVariant(_) => false,
                }
        });
        if is_of_change || is_of_added {
            return false;
        }
        match end(now).cmp(&end(before)) {
            std::cmp::Ordering::Greater => true,
            std::cmp::Ordering::Equal => now.message != before.message,
            std::cmp::Ordering::Less => false,
        }
    }
}

impl Failure {
    fn is_same(&self, other: &Self) -> bool {
        self.place == other.place && self.message == other.message
    }
}

/// The offset of a position in a text. Lines and columns are counted from 1, columns in bytes.
fn offset(text: &str, line: usize, column: usize) -> usize {
    let start = match line.checked_sub(2) {
        None => 0,
        Some(newline) => memchr::memchr_iter(b'\n', text.as_bytes())
            .nth(newline)
            .map_or(0, |at| at + 1),
    };
    let offset = (start + column).min(text.len());
    // No error is within a character.
    if text.is_char_boundary(offset) {
        offset
    } else {
        text.len()
    }
}

#[cfg(test)]
mod tests;
