//! The values to which an error may refer, and what can be done about them.

use super::defaults::{documented, empty};
use super::edits::{Edit, Edits};
use super::fault::{Fault, integer};
use super::tree::{NodeId, NodeKind, Place, Tree};
use std::collections::{HashMap, HashSet};

/// Values that stand at the same place of different elements, and so probably have the same fault.
pub(super) type Group = Vec<NodeId>;

/// How a value can be made to fit, the least loss first.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Means {
    ToInteger,
    ToString,
    Remove,
    /// By the value that the documentation gives to the member if it is absent.
    Documented,
    Default,
}

impl Means {
    pub(super) const ALL: [Self; 5] = [
        Self::ToInteger,
        Self::ToString,
        Self::Remove,
        Self::Documented,
        Self::Default,
    ];

    /// The change of a value by these means, if they apply to it.
    pub(super) fn edit(self, tree: &Tree<'_>, node: NodeId, fault: &Fault) -> Option<Edit> {
        let expected = match fault {
            Fault::Unexpected { expected, .. } => Some(&**expected),
            _ => None,
        };
        let json = match self {
            Self::ToInteger => integer(tree, node)?,
            Self::ToString => {
                let is_number = tree.node(node).kind == NodeKind::Number;
                let may_be_string = expected.is_none_or(|expected| expected.ends_with("string"));
                (is_number && may_be_string).then(|| format!("\"{}\"", tree.text(node)))?
            }
            Self::Remove => return Some(Edit::Remove),
            Self::Documented => match (&tree.node(node).place, tree.node(node).parent) {
                (Place::Member { name, .. }, Some(object)) => documented(tree, object, name)?,
                _ => return None,
            },
            Self::Default => empty(expected?)?.to_owned(),
        };
        Some(Edit::Replace(json))
    }
}

/// The values at or in `scope` to which the fault may refer.
pub(super) fn suspects(tree: &Tree<'_>, edits: &Edits, scope: NodeId, fault: &Fault) -> Vec<Group> {
    if let Fault::DuplicateMember(name) = fault {
        return duplicates(tree, edits, scope, name);
    }
    if tree.node(scope).children.is_empty() {
        let alike = alike(tree, edits, scope);
        return match alike.len() {
            1 => vec![alike],
            _ => vec![alike, vec![scope]],
        };
    }
    let is_suspect = |node: NodeId| match fault {
        Fault::Unexpected { value, .. } => value.matches(tree, node),
        Fault::UnknownVariant(name) => tree.string(node).is_some_and(|text| text == *name),
        // Ids fit always.
        Fault::Other { .. } => tree.node(node).children.is_empty() && !is_id(tree, node),
        Fault::MissingMember(_) | Fault::DuplicateMember(_) => false,
    };
    let nodes = tree.below(scope);
    group(
        tree,
        nodes.filter(|&node| is_suspect(node) && !edits.is_gone(tree, node)),
    )
}

/// The members with this name that come after one with the same name in their object.
fn duplicates(tree: &Tree<'_>, edits: &Edits, scope: NodeId, name: &str) -> Vec<Group> {
    // A duplicate is found where it is read, so `scope` may be its value.
    let scope = tree.node(scope).parent.unwrap_or(scope);
    let mut first = HashSet::new();
    let nodes = tree.below(scope).filter(|&node| {
        let is_named = matches!(&tree.node(node).place, Place::Member { name: of_node, .. } if of_node == name);
        is_named && !edits.is_gone(tree, node) && !first.insert(tree.node(node).parent)
    });
    group(tree, nodes)
}

/// The objects at or in `scope` that have no member with this name, or `null`.
pub(super) fn objects_without(
    tree: &Tree<'_>,
    edits: &Edits,
    scope: NodeId,
    name: &str,
) -> Vec<Group> {
    let lacks = |&node: &NodeId| {
        tree.node(node).kind == NodeKind::Object
            && !edits.has_value(tree, node, name)
            && !edits.is_gone(tree, node)
    };
    let mut groups = group(tree, tree.below(scope).filter(lacks));
    // What is missing at the end of an object is most likely missing in that object, and then in others at the same
    // place.
    if let Some(first) = groups.first_mut()
        && first.contains(&scope)
    {
        let others = tree.below(0).filter(lacks);
        *first = others
            .filter(|&node| tree.node(node).pattern == tree.node(scope).pattern)
            .collect();
    }
    groups
}

pub(super) fn group(tree: &Tree<'_>, nodes: impl Iterator<Item = NodeId>) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    let mut of_pattern = HashMap::new();
    for node in nodes {
        let index = *of_pattern
            .entry(tree.node(node).pattern)
            .or_insert(groups.len());
        match groups.get_mut(index) {
            Some(group) => group.push(node),
            None => groups.push(vec![node]),
        }
    }
    groups
}

/// The values at the same place of other elements which have the same fault as `leaf`, and itself.
fn alike(tree: &Tree<'_>, edits: &Edits, leaf: NodeId) -> Group {
    let (kind, text) = (tree.node(leaf).kind, tree.text(leaf));
    let is_convertible = integer(tree, leaf).is_some();
    let has_same_fault = |node: NodeId| {
        tree.node(node).pattern == tree.node(leaf).pattern
            && tree.node(node).kind == kind
            && (tree.text(node) == text || is_convertible && integer(tree, node).is_some())
    };
    let nodes = tree.below(0);
    nodes
        .filter(|&node| has_same_fault(node) && !edits.is_gone(tree, node))
        .collect()
}

/// Whether a value is a string of digits.
fn is_id(tree: &Tree<'_>, node: NodeId) -> bool {
    let digits = tree.text(node).trim_matches('"');
    tree.node(node).kind == NodeKind::String
        && !digits.is_empty()
        && digits.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::Means;
    use crate::event::repair::edits::Edit;
    use crate::event::repair::fault::Fault;
    use crate::event::repair::tree::Tree;

    #[test]
    fn only_members_have_a_documented_value() {
        let tree = Tree::parse(r#"{"status":5,"list":[6]}"#).unwrap();
        let status = tree.member(0, "status").unwrap();
        let fault = Fault::MissingMember("status".into());
        let edit = Means::Documented.edit(&tree, status, &fault);
        assert_eq!(edit, Some(Edit::Replace("\"offline\"".to_owned())));
        let list = tree.member(0, "list").unwrap();
        let item = tree.node(list).children[0];
        assert_eq!(Means::Documented.edit(&tree, item, &fault), None);
    }
}
