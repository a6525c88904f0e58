//! The values of a JSON text and where they stand in it.

use crate::json::path::push_member;
use crate::json::scanner::{Literal, Scanner};
use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;

/// The maximum depth of nested values. No event is nested nearly as deep.
const MAX_DEPTH: usize = 32;

/// The maximum number of values. A tree takes some hundred bytes for each, and the largest guild has fewer.
const MAX_NODES: usize = 1 << 19;

/// Identifies a node of a [`Tree`].
pub(super) type NodeId = usize;

/// Identifies a place in a [`Tree`] regardless of indexes: `members[0].user` and `members[1].user` are one.
pub(super) type PatternId = usize;

/// All values of a text, in the order of the text. The first is the outermost.
pub(super) struct Tree<'a> {
    text: &'a str,
    nodes: Vec<Node<'a>>,
    /// By the pattern of the parent and the name of a member, or `None` for elements.
    patterns: HashMap<(PatternId, Option<Cow<'a, str>>), PatternId>,
}

pub(super) struct Node<'a> {
    pub(super) parent: Option<NodeId>,
    pub(super) place: Place<'a>,
    pub(super) pattern: PatternId,
    pub(super) kind: NodeKind,
    /// The value in the text.
    pub(super) span: Range<usize>,
    pub(super) children: Vec<NodeId>,
    /// The node and all below it.
    below: Range<NodeId>,
}

/// How a value is found in its parent.
pub(super) enum Place<'a> {
    Root,
    /// A member of an object. `key` is the text with its quotes.
    Member {
        key: &'a str,
        name: Cow<'a, str>,
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
    /// Reads the value at the beginning of `text`. Returns `None` if it is not JSON, too large or nested too deep.
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        let mut tree = Self {
            text,
            nodes: Vec::new(),
            patterns: HashMap::new(),
        };
        let mut scanner = Scanner::new(text);
        tree.read(&mut scanner, None, Place::Root, MAX_DEPTH)?;
        Some(tree)
    }

    pub(super) fn len(&self) -> usize {
        self.nodes.len()
    }

    pub(super) fn node(&self, id: NodeId) -> &Node<'a> {
        &self.nodes[id]
    }

    /// The text of a value.
    pub(super) fn text(&self, id: NodeId) -> &'a str {
        &self.text[self.nodes[id].span.clone()]
    }

    /// The node and all below it, outermost first.
    pub(super) fn below(&self, id: NodeId) -> Range<NodeId> {
        self.nodes[id].below.clone()
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
        let mut children = self.nodes[object].children.iter().copied();
        children.find(|&child| {
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

    /// Whether `id` is `ancestor` or below it.
    pub(super) fn is_within(&self, id: NodeId, ancestor: NodeId) -> bool {
        self.nodes[ancestor].below.contains(&id)
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
        if id == MAX_NODES {
            return None;
        }
        let pattern = self.pattern(parent, &place);
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
            pattern,
            kind,
            span: start..start,
            children: Vec::new(),
            below: id..id,
        });
        match kind {
            NodeKind::Object => self.read_members(scanner, id, depth.checked_sub(1)?)?,
            NodeKind::Array => self.read_elements(scanner, id, depth.checked_sub(1)?)?,
            _ => scanner.skip_value()?,
        }
        self.nodes[id].span.end = scanner.position();
        self.nodes[id].below.end = self.nodes.len();
        Some(id)
    }

    fn pattern(&mut self, parent: Option<NodeId>, place: &Place<'a>) -> PatternId {
        let Some(parent) = parent else {
            return 0;
        };
        let name = match place {
            Place::Member { name, .. } => Some(name.clone()),
            Place::Root | Place::Element(_) => None,
        };
        let next = self.patterns.len() + 1;
        let key = (self.nodes[parent].pattern, name);
        *self.patterns.entry(key).or_insert(next)
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
            let name = key.text()?;
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

#[cfg(test)]
mod tests {
    use super::{MAX_DEPTH, MAX_NODES, NodeKind, Tree};

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
    fn values_are_within_those_that_contain_them() {
        let tree = Tree::parse(r#"{"a":[1,{"b":2}],"c":3}"#).unwrap();
        let of = |text: &str| tree.below(0).find(|&id| tree.text(id) == text).unwrap();
        let list = tree.member(0, "a").unwrap();
        for inner in [list, of("1"), of(r#"{"b":2}"#), of("2")] {
            assert!(tree.is_within(inner, list), "{}", tree.path(inner));
        }
        for outer in [0, of("3")] {
            assert!(!tree.is_within(outer, list), "{}", tree.path(outer));
        }
    }

    #[test]
    fn kind_is_that_of_the_value() {
        use NodeKind::{Array, Bool, Null, Number, Object, String};

        let tree = Tree::parse(r#"[{},[],"",-1,true,false,null]"#).unwrap();
        let kinds: Vec<_> = tree.below(0).map(|id| tree.node(id).kind).collect();
        assert_eq!(
            kinds,
            [Array, Object, Array, String, Number, Bool, Bool, Null]
        );
    }

    #[test]
    fn names_that_are_no_identifiers_are_quoted_in_paths() {
        let tree = Tree::parse(r#"{"a_1":{"b2":{"":{"c-d":{"e\"":0}}}}}"#).unwrap();
        let innermost = tree.path(tree.len() - 1);
        assert_eq!(innermost, r#"a_1.b2[""]["c-d"]["e\""]"#);
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
    fn places_of_different_elements_have_one_pattern() {
        let tree = Tree::parse(r#"[{"a":1,"b":[2]},{"\u0061":3,"b":[4,5]}]"#).unwrap();
        let patterns_of = |texts: &[&str]| -> Vec<_> {
            let nodes = tree.below(0).filter(|&id| texts.contains(&tree.text(id)));
            nodes.map(|id| tree.node(id).pattern).collect()
        };
        let (a, b) = (patterns_of(&["1", "3"]), patterns_of(&["2", "4", "5"]));
        assert!(a.len() == 2 && a[0] == a[1], "{a:?}");
        assert!(
            b.len() == 3 && b.iter().all(|other| *other == b[0]),
            "{b:?}"
        );
        assert_ne!(a[0], b[0]);
        let (outermost, element, list) = (0, 1, tree.member(1, "b").unwrap());
        let mut patterns = [outermost, element, list]
            .map(|id| tree.node(id).pattern)
            .to_vec();
        patterns.extend([a[0], b[0]]);
        patterns.sort_unstable();
        patterns.dedup();
        assert_eq!(patterns.len(), 5);
    }

    #[test]
    fn broken_deep_and_large_texts_have_no_tree() {
        for text in ["", "{", r#"{"a"}"#, r#"{"a":1,}"#, "[1 2]", r#"{"a\x":1}"#] {
            assert!(Tree::parse(text).is_none(), "{text}");
        }
        assert!(Tree::parse(&"[".repeat(100_000)).is_none());
        let nested = |depth| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(Tree::parse(&nested(MAX_DEPTH)).is_some());
        assert!(Tree::parse(&nested(MAX_DEPTH + 1)).is_none());
        let list = |values| format!("[{}]", vec!["0"; values].join(","));
        assert!(Tree::parse(&list(MAX_NODES - 1)).is_some());
        assert!(Tree::parse(&list(MAX_NODES)).is_none());
    }
}
