//! The values of a JSON text and where they stand in it.

use crate::json::scanner::{Literal, Scanner};
use std::ops::Range;

/// The maximum depth of nested values, the same as serde_json's.
const MAX_DEPTH: usize = 128;

/// Identifies a node of a [`Tree`].
pub(super) type NodeId = usize;

/// All values of a text, in the order of the text. The first is the outermost.
pub(super) struct Tree<'a> {
    text: &'a str,
    nodes: Vec<Node<'a>>,
}

pub(super) struct Node<'a> {
    pub(super) parent: Option<NodeId>,
    pub(super) place: Place<'a>,
    pub(super) kind: NodeKind,
    /// The value in the text.
    pub(super) span: Range<usize>,
    pub(super) children: Vec<NodeId>,
}

/// How a value is found in its parent.
pub(super) enum Place<'a> {
    Root,
    /// A member of an object. `key` is the text with its quotes.
    Member {
        key: &'a str,
        name: String,
    },
    /// An element of an array.
    Element(usize),
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum NodeKind {
    Object,
    Array,
    String,
    Number,
    Bool,
    Null,
}

impl<'a> Tree<'a> {
    /// Reads the value at the beginning of `text`. Returns `None` if it is not JSON, or nested too deep.
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        let mut tree = Self {
            text,
            nodes: Vec::new(),
        };
        let mut scanner = Scanner::new(text);
        tree.read(&mut scanner, None, Place::Root, MAX_DEPTH)?;
        Some(tree)
    }

    pub(super) fn node(&self, id: NodeId) -> &Node<'a> {
        &self.nodes[id]
    }

    /// The text of a value.
    pub(super) fn text(&self, id: NodeId) -> &'a str {
        &self.text[self.nodes[id].span.clone()]
    }

    /// The node and all below it, outermost first.
    pub(super) fn below(&self, id: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        let end = self.nodes[id].span.end;
        (id..self.nodes.len()).take_while(move |&below| self.nodes[below].span.start < end)
    }

    /// The innermost value that contains the byte at `offset`, of those below `from`.
    pub(super) fn innermost(&self, from: NodeId, offset: usize) -> NodeId {
        let mut node = from;
        loop {
            let children = &self.nodes[node].children;
            let next = children.partition_point(|&child| self.nodes[child].span.end <= offset);
            match children.get(next) {
                Some(&child) if self.nodes[child].span.start <= offset => node = child,
                _ => return node,
            }
        }
    }

    /// The member of an object with this name.
    pub(super) fn member(&self, object: NodeId, name: &str) -> Option<NodeId> {
        let children = self.nodes[object].children.iter().copied();
        children.into_iter().find(|&child| {
            matches!(&self.nodes[child].place, Place::Member { name: of_child, .. } if of_child == name)
        })
    }

    /// The string that a node represents, or `None` if it is not a valid string.
    pub(super) fn string(&self, id: NodeId) -> Option<String> {
        match self.nodes[id].kind {
            NodeKind::String => serde_json::from_str(self.text(id)).ok(),
            _ => None,
        }
    }

    /// Whether two nodes stand at the same place but for indexes of arrays.
    pub(super) fn is_same_place(&self, mut one: NodeId, mut other: NodeId) -> bool {
        loop {
            if one == other {
                return true;
            }
            let (a, b) = (&self.nodes[one], &self.nodes[other]);
            match (&a.place, &b.place) {
                (Place::Element(_), Place::Element(_)) => {}
                (Place::Member { name: a, .. }, Place::Member { name: b, .. }) if a == b => {}
                _ => return false,
            }
            match (a.parent, b.parent) {
                (Some(a), Some(b)) => (one, other) = (a, b),
                _ => return false,
            }
        }
    }

    /// Whether `id` is `ancestor` or below it.
    pub(super) fn is_within(&self, id: NodeId, ancestor: NodeId) -> bool {
        id >= ancestor && self.nodes[id].span.start < self.nodes[ancestor].span.end
    }

    /// The path of a node: `members[3].user.id`. The outermost value has an empty path.
    pub(super) fn path(&self, id: NodeId) -> String {
        let mut places = Vec::new();
        let mut next = Some(id);
        while let Some(id) = next {
            places.push(&self.nodes[id].place);
            next = self.nodes[id].parent;
        }
        let mut path = String::new();
        for place in places.into_iter().rev() {
            match place {
                Place::Root => {}
                Place::Member { name, .. } => push_member(&mut path, name),
                Place::Element(index) => path.push_str(&format!("[{index}]")),
            }
        }
        path
    }

    fn read(
        &mut self,
        scanner: &mut Scanner<'a>,
        parent: Option<NodeId>,
        place: Place<'a>,
        depth: usize,
    ) -> Option<NodeId> {
        scanner.skip_white_space();
        let start = scanner.position();
        let id = self.nodes.len();
        let kind = match self.text.as_bytes().get(start)? {
            b'{' => NodeKind::Object,
            b'[' => NodeKind::Array,
            b'"' => NodeKind::String,
            b't' | b'f' => NodeKind::Bool,
            b'n' => NodeKind::Null,
            _ => NodeKind::Number,
        };
        self.nodes.push(Node {
            parent,
            place,
            kind,
            span: start..start,
            children: Vec::new(),
        });
        match kind {
            NodeKind::Object => self.read_members(scanner, id, depth.checked_sub(1)?)?,
            NodeKind::Array => self.read_elements(scanner, id, depth.checked_sub(1)?)?,
            _ => scanner.skip_value()?,
        }
        self.nodes[id].span.end = scanner.position();
        Some(id)
    }

    fn read_members(
        &mut self,
        scanner: &mut Scanner<'a>,
        object: NodeId,
        depth: usize,
    ) -> Option<()> {
        scanner.eat(b'{');
        if scanner.eat(b'}') {
            return Some(());
        }
        loop {
            let key: Literal<'a> = scanner.string()?;
            let name = if key.escaped {
                key.decode()?
            } else {
                key.raw.to_owned()
            };
            let key = &self.text[key.start - 1..scanner.position()];
            if !scanner.eat(b':') {
                return None;
            }
            let place = Place::Member { key, name };
            let child = self.read(scanner, Some(object), place, depth)?;
            self.nodes[object].children.push(child);
            if scanner.eat(b'}') {
                return Some(());
            }
            if !scanner.eat(b',') {
                return None;
            }
        }
    }

    fn read_elements(
        &mut self,
        scanner: &mut Scanner<'a>,
        array: NodeId,
        depth: usize,
    ) -> Option<()> {
        scanner.eat(b'[');
        if scanner.eat(b']') {
            return Some(());
        }
        for index in 0.. {
            let child = self.read(scanner, Some(array), Place::Element(index), depth)?;
            self.nodes[array].children.push(child);
            if scanner.eat(b']') {
                break;
            }
            if !scanner.eat(b',') {
                return None;
            }
        }
        Some(())
    }
}

/// Appends a member to a path. A name that is not made of letters, digits and underscores is quoted.
pub(super) fn push_member(path: &mut String, name: &str) {
    let is_plain = !name.is_empty()
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if !is_plain {
        path.push_str(&format!("[{name:?}]"));
        return;
    }
    if !path.is_empty() {
        path.push('.');
    }
    path.push_str(name);
}

#[cfg(test)]
mod tests {
    use super::{NodeKind, Tree};

    const TEXT: &str = r#" {"a": [1, {"b\u0041": "x"}], "c d": null} trailing"#;

    #[test]
    fn values_have_paths_and_spans() {
        let tree = Tree::parse(TEXT).unwrap();
        let found: Vec<_> = tree
            .below(0)
            .map(|id| (tree.path(id), tree.text(id)))
            .collect();
        let values = [
            ("", &TEXT[1..TEXT.len() - 9]),
            ("a", r#"[1, {"b\u0041": "x"}]"#),
            ("a[0]", "1"),
            ("a[1]", r#"{"b\u0041": "x"}"#),
            ("a[1].bA", r#""x""#),
            (r#"["c d"]"#, "null"),
        ];
        assert_eq!(
            found,
            values.map(|(path, text)| (path.to_owned(), text)).to_vec()
        );
    }

    #[test]
    fn innermost_value_is_found_by_offset() {
        let tree = Tree::parse(TEXT).unwrap();
        let at = |text: &str| tree.innermost(0, TEXT.find(text).unwrap());
        assert_eq!(tree.path(at("1,")), "a[0]");
        assert_eq!(tree.path(at(r#""x""#)), "a[1].bA");
        assert_eq!(tree.node(at("null")).kind, NodeKind::Null);
        assert_eq!(tree.path(at("c d")), "");
    }

    #[test]
    fn broken_and_deep_texts_have_no_tree() {
        for text in ["", "{", r#"{"a"}"#, r#"{"a":1,}"#, "[1 2]", r#"{"a\x":1}"#] {
            assert!(Tree::parse(text).is_none(), "{text}");
        }
        assert!(Tree::parse(&"[".repeat(100_000)).is_none());
    }
}
