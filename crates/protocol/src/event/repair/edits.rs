//! Changes of a text, and the text that they make.

use super::tree::{NodeId, NodeKind, Place, Tree};
use std::collections::BTreeMap;
use std::ops::Range;

/// A change of one value.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Edit {
    /// The value is replaced by other JSON.
    Replace(String),
    /// The value is left out of its object or array.
    Remove,
}

/// Where in a text something went wrong.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Location {
    /// At this value. The error may concern any value in it: serde buffers some objects before it decodes them.
    Node(NodeId),
    /// At a member that was added to this object.
    Added(NodeId),
}

impl Location {
    /// The value, or the object.
    pub(super) const fn node(self) -> NodeId {
        match self {
            Self::Node(node) | Self::Added(node) => node,
        }
    }
}

/// The changes of the values of a [`Tree`].
#[derive(Clone, Debug, Default)]
pub(super) struct Edits {
    values: BTreeMap<NodeId, Edit>,
    /// Members added to objects: name and JSON.
    added: BTreeMap<NodeId, Vec<(String, String)>>,
}

/// A changed text.
pub(super) struct Edited {
    pub(super) text: String,
    /// The parts of the text, in order.
    parts: Vec<Part>,
}

struct Part {
    span: Range<usize>,
    source: Source,
}

enum Source {
    /// A copy of the value.
    Copied(NodeId),
    /// The value was replaced.
    Replaced(NodeId),
    /// A member that was added to the object.
    Added(NodeId),
    /// A bracket that closes the object or array.
    End(NodeId),
}

impl Edits {
    pub(super) fn set(&mut self, node: NodeId, edit: Edit) {
        self.values.insert(node, edit);
    }

    pub(super) fn unset(&mut self, node: NodeId) {
        self.values.remove(&node);
    }

    pub(super) fn add_member(&mut self, object: NodeId, name: &str, json: &str) {
        let members = self.added.entry(object).or_default();
        members.retain(|(other, _)| other != name);
        members.push((name.to_owned(), json.to_owned()));
    }

    pub(super) fn get(&self, node: NodeId) -> Option<&Edit> {
        self.values.get(&node)
    }

    pub(super) fn values(&self) -> impl Iterator<Item = (NodeId, &Edit)> {
        self.values.iter().map(|(&node, edit)| (node, edit))
    }

    pub(super) fn added(&self) -> impl Iterator<Item = (NodeId, &str, &str)> {
        self.added.iter().flat_map(|(&object, members)| {
            let members = members.iter();
            members.map(move |(name, json)| (object, &**name, &**json))
        })
    }

    /// Whether a member with this name was added to the object.
    pub(super) fn has_added(&self, object: NodeId, name: &str) -> bool {
        let added = self.added.get(&object).into_iter().flatten();
        added.into_iter().any(|(other, _)| other == name)
    }

    /// Whether the object has a member with this name after the changes, and not `null`.
    pub(super) fn has_value(&self, tree: &Tree<'_>, object: NodeId, name: &str) -> bool {
        let member = tree.member(object, name);
        let is_kept = member.is_some_and(|member| match self.get(member) {
            Some(Edit::Replace(_)) => true,
            Some(Edit::Remove) => false,
            None => tree.node(member).kind != NodeKind::Null,
        });
        is_kept || self.has_added(object, name)
    }

    /// Whether the value, or one that contains it, is left out or replaced.
    pub(super) fn is_gone(&self, tree: &Tree<'_>, node: NodeId) -> bool {
        let mut next = Some(node);
        while let Some(node) = next {
            if self.values.contains_key(&node) {
                return true;
            }
            next = tree.node(node).parent;
        }
        false
    }

    /// Returns the changed text.
    pub(super) fn apply(&self, tree: &Tree<'_>) -> Edited {
        // Also whatever contains a change.
        let mut changed = vec![false; tree.len()];
        for &node in self.values.keys().chain(self.added.keys()) {
            let mut next = Some(node);
            while let Some(node) = next.filter(|&node| !changed[node]) {
                changed[node] = true;
                next = tree.node(node).parent;
            }
        }
        let mut edited = Edited {
            text: String::with_capacity(tree.text(0).len()),
            parts: Vec::new(),
        };
        self.write(tree, 0, &changed, &mut edited);
        edited
    }

    fn write(&self, tree: &Tree<'_>, id: NodeId, changed: &[bool], edited: &mut Edited) {
        if let Some(Edit::Replace(json)) = self.get(id) {
            return edited.push(json, Source::Replaced(id));
        }
        if !changed[id] {
            return edited.push(tree.text(id), Source::Copied(id));
        }
        let node = tree.node(id);
        let is_object = node.kind == NodeKind::Object;
        edited.text.push(if is_object { '{' } else { '[' });
        let mut is_first = true;
        let mut separate = |text: &mut String| {
            if !std::mem::take(&mut is_first) {
                text.push(',');
            }
        };
        for &child in &node.children {
            if self.get(child) == Some(&Edit::Remove) {
                continue;
            }
            separate(&mut edited.text);
            if let Place::Member { key, .. } = &tree.node(child).place {
                edited.text.push_str(key);
                edited.text.push(':');
            }
            self.write(tree, child, changed, edited);
        }
        for (name, json) in self.added.get(&id).into_iter().flatten() {
            separate(&mut edited.text);
            edited
                .text
                .push_str(&serde_json::Value::from(&**name).to_string());
            edited.text.push(':');
            edited.push(json, Source::Added(id));
        }
        edited.push(if is_object { "}" } else { "]" }, Source::End(id));
    }
}

impl Edited {
    /// Finds the innermost value that contains the byte at `offset` of the text.
    pub(super) fn locate(&self, tree: &Tree<'_>, offset: usize) -> Location {
        let next = self.parts.partition_point(|part| part.span.end <= offset);
        let Some(part) = self.parts.get(next) else {
            return Location::Node(0);
        };
        match part.source {
            Source::Copied(node) => {
                let within = offset.saturating_sub(part.span.start);
                Location::Node(tree.innermost(node, tree.node(node).span.start + within))
            }
            Source::Replaced(node) | Source::End(node) => Location::Node(node),
            Source::Added(object) => Location::Added(object),
        }
    }

    fn push(&mut self, json: &str, source: Source) {
        let start = self.text.len();
        self.text.push_str(json);
        self.parts.push(Part {
            span: start..self.text.len(),
            source,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::{Edit, Edits, Location};
    use crate::event::repair::tree::Tree;

    const TEXT: &str = r#"{"a": [1, {"b": "x"}, 3], "c": null}"#;

    fn node(tree: &Tree<'_>, path: &str) -> usize {
        tree.below(0).find(|&id| tree.path(id) == path).unwrap()
    }

    #[test]
    fn values_are_replaced_removed_and_added() {
        let tree = Tree::parse(TEXT).unwrap();
        let mut edits = Edits::default();
        assert_eq!(edits.apply(&tree).text, TEXT);

        edits.set(node(&tree, "a[0]"), Edit::Remove);
        edits.set(node(&tree, "a[1].b"), Edit::Replace("[]".to_owned()));
        edits.add_member(node(&tree, "a[1]"), "d\"", "0");
        edits.set(node(&tree, "c"), Edit::Remove);
        assert_eq!(edits.apply(&tree).text, r#"{"a":[{"b":[],"d\"":0},3]}"#);
        assert!(edits.has_value(&tree, node(&tree, "a[1]"), "d\""));
        assert!(!edits.has_value(&tree, 0, "c"));

        edits.add_member(node(&tree, "a[1]"), "e", "1");
        edits.add_member(node(&tree, "a[1]"), "d\"", "2");
        assert_eq!(
            edits.apply(&tree).text,
            r#"{"a":[{"b":[],"e":1,"d\"":2},3]}"#
        );

        edits.set(node(&tree, "a"), Edit::Remove);
        assert_eq!(edits.apply(&tree).text, "{}");
        assert!(edits.is_gone(&tree, node(&tree, "a[2]")));
    }

    #[test]
    fn offsets_of_the_changed_text_are_located() {
        let tree = Tree::parse(TEXT).unwrap();
        let mut edits = Edits::default();
        edits.set(node(&tree, "a[0]"), Edit::Replace("12345".to_owned()));
        edits.add_member(0, "d", "0");
        let edited = edits.apply(&tree);
        let at = |text: &str| edited.locate(&tree, edited.text.find(text).unwrap());
        assert_eq!(at("12345"), Location::Node(node(&tree, "a[0]")));
        assert_eq!(at("x"), Location::Node(node(&tree, "a[1].b")));
        assert_eq!(at("null"), Location::Node(node(&tree, "c")));
        assert_eq!(at("0}"), Location::Added(0));
        let end = edited.text.len() - 1;
        assert_eq!(edited.locate(&tree, end), Location::Node(0));
        assert_eq!(edited.locate(&tree, end + 9), Location::Node(0));
    }
}
