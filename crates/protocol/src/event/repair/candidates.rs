//! The values to which an error may refer, and what can be done about them.

use super::defaults::{documented, empty};
use super::edits::{Edit, Edits};
use super::fault::{Fault, integer};
use super::tree::{NodeId, NodeKind, Place, Tree};

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
    // A duplicate is found where it is read, in the object that is the leaf's parent.
    let scope = match (fault, tree.node(scope).parent) {
        (Fault::DuplicateMember(_), Some(object)) if tree.node(scope).children.is_empty() => object,
        _ => scope,
    };
    if tree.node(scope).children.is_empty() {
        let alike = alike(tree, edits, scope);
        let is_alone = alike.len() == 1;
        let groups = [alike, vec![scope]];
        return groups
            .into_iter()
            .take(if is_alone { 1 } else { 2 })
            .collect();
    }
    let is_suspect = |node: NodeId| match fault {
        Fault::Unexpected { value, .. } => value.matches(tree, node),
        Fault::UnknownVariant(name) => tree.string(node).is_some_and(|text| text == *name),
        Fault::MissingMember(_) => false,
        Fault::DuplicateMember(name) => is_duplicate(tree, node, name),
        // Ids fit always.
        Fault::Other { .. } => tree.node(node).children.is_empty() && !is_id(tree, node),
    };
    let nodes = tree.below(scope);
    group(
        tree,
        nodes.filter(|&node| is_suspect(node) && !edits.is_gone(tree, node)),
    )
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
            .filter(|&node| tree.is_same_place(node, scope))
            .collect();
    }
    groups
}

fn group(tree: &Tree<'_>, nodes: impl Iterator<Item = NodeId>) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for node in nodes {
        let of_same_place = groups
            .iter_mut()
            .find(|group| tree.is_same_place(group[0], node));
        match of_same_place {
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
        tree.node(node).kind == kind
            && (tree.text(node) == text || is_convertible && integer(tree, node).is_some())
    };
    let nodes = tree.below(0);
    nodes
        .filter(|&node| has_same_fault(node) && tree.is_same_place(node, leaf))
        .filter(|&node| !edits.is_gone(tree, node))
        .collect()
}

/// Whether another member of the same object with this name comes before a value.
fn is_duplicate(tree: &Tree<'_>, node: NodeId, name: &str) -> bool {
    let of_node =
        matches!(&tree.node(node).place, Place::Member { name: of_node, .. } if of_node == name);
    let object = tree.node(node).parent;
    of_node && object.is_some_and(|object| tree.member(object, name) != Some(node))
}

/// Whether a value is a string of digits.
fn is_id(tree: &Tree<'_>, node: NodeId) -> bool {
    let digits = tree.text(node).trim_matches('"');
    tree.node(node).kind == NodeKind::String
        && !digits.is_empty()
        && digits.bytes().all(|byte| byte.is_ascii_digit())
}
