//! The list of what was changed.

use super::edits::{Edit, Edits};
use super::fault::integer;
use super::tree::{NodeId, NodeKind, Place, Tree};
use super::utc::{refused, utc};
use super::{Repair, RepairKind};
use crate::json::path::push_member;

/// Lists the changes in the order of the text, without those of values that were left out afterwards.
pub(super) fn report(tree: &Tree<'_>, edits: &Edits) -> Vec<Repair> {
    let is_kept = |node: NodeId| {
        let parent = tree.node(node).parent;
        parent.is_none_or(|parent| !edits.is_gone(tree, parent))
    };
    let values = edits.values().filter(|(node, _)| is_kept(*node));
    let changed = values.filter_map(|(node, edit)| {
        let path = tree.path(node);
        let kind = kind(tree, edits, node, edit)?;
        Some((tree.node(node).span.start, Repair { path, kind }))
    });
    let objects = edits
        .added()
        .filter(|(object, _, _)| !edits.is_gone(tree, *object));
    let added = objects.map(|(object, name, _)| {
        let mut path = tree.path(object);
        push_member(&mut path, name);
        let kind = RepairKind::Defaulted;
        (tree.node(object).span.end, Repair { path, kind })
    });
    let mut repairs: Vec<_> = changed.chain(added).collect();
    repairs.sort_by_key(|(position, _)| *position);
    repairs.into_iter().map(|(_, repair)| repair).collect()
}

/// Returns `None` for a member that is reported with the one that took its place.
fn kind(tree: &Tree<'_>, edits: &Edits, node: NodeId, edit: &Edit) -> Option<RepairKind> {
    let is_null = tree.node(node).kind == NodeKind::Null;
    let member = match (&tree.node(node).place, tree.node(node).parent) {
        (Place::Member { name, .. }, Some(object)) => Some((object, &**name)),
        _ => None,
    };
    Some(match edit {
        Edit::Remove => match member {
            Some((object, name)) if edits.has_added(object, name) => return None,
            // The same as an absent member.
            Some(_) if is_null => RepairKind::Defaulted,
            _ => RepairKind::Removed,
        },
        Edit::Replace(json) => {
            let is_integer = integer(tree, node).is_some_and(|integer| integer == *json);
            let is_string = *json == format!("\"{}\"", tree.text(node));
            let in_utc = utc(tree, node).or_else(|| refused(tree, node));
            let is_time = in_utc.is_some_and(|utc| utc == *json);
            if is_integer || is_string || is_time {
                RepairKind::Converted
            } else {
                RepairKind::Defaulted
            }
        }
    })
}
