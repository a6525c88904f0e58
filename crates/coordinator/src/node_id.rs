use std::{
    error::Error,
    fmt::{self, Display, Formatter},
    sync::Arc,
};

/// The longest id of a node, in bytes.
const MAX_LENGTH: usize = 64;

/// Names one process of a bot, from its start to its end.
///
/// No two processes may have the same id, also not one after the other: the leases of a process that was killed must
/// not become those of its successor. [`unique`](Self::unique) makes an id of a host name and a random number.
///
/// An id has 1 to 64 ASCII letters, digits, `-` and `_`, so that it can be a part of a subject, a key or a file name.
///
/// ```
/// use gloaming_coordinator::NodeId;
///
/// let node = NodeId::unique("bot-0.example.org", 0x5eed);
/// assert_eq!(node.as_str(), "bot-0_example_org-0000000000005eed");
/// assert!(NodeId::new("two words").is_err());
/// ```
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct NodeId(Arc<str>);

impl NodeId {
    /// Makes an id.
    ///
    /// # Errors
    ///
    /// Fails if `id` is empty, longer than 64 bytes, or has other characters than letters, digits, `-` and `_`.
    pub fn new(id: &str) -> Result<Self, NodeIdError> {
        let is_valid = (1..=MAX_LENGTH).contains(&id.len()) && id.chars().all(is_allowed);
        is_valid
            .then(|| Self(id.into()))
            .ok_or_else(|| NodeIdError(id.chars().take(MAX_LENGTH).collect()))
    }

    /// Makes an id that no other process has, of a name for people and a random number.
    ///
    /// Characters that an id can't have become `_`, and a long name is cut.
    #[must_use]
    pub fn unique(name: &str, random: u64) -> Self {
        let most = MAX_LENGTH - "-0000000000000000".len();
        let name = name.chars().take(most);
        let name: String = name.map(|c| if is_allowed(c) { c } else { '_' }).collect();
        Self(format!("{name}-{random:016x}").into())
    }

    /// Returns the id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Display for NodeId {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

const fn is_allowed(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_')
}

/// A text that can't be a [`NodeId`]. The caller made it, or the configuration has it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct NodeIdError(String);

impl Display for NodeIdError {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "`{}` can't name a node: configure 1 to {MAX_LENGTH} letters, digits, `-` and `_`",
            self.0.escape_debug()
        )
    }
}

impl Error for NodeIdError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn id_can_be_a_part_of_a_subject_or_a_file_name() {
        for id in ["a", "bot-0_x", &"x".repeat(64)] {
            assert_eq!(NodeId::new(id).unwrap().as_str(), id);
        }
        for id in ["", "a.b", "a/b", "a b", "ä", "a*", ">", &"x".repeat(65)] {
            let error = NodeId::new(id).unwrap_err();
            assert!(error.to_string().contains("configure"), "{error}");
        }
    }

    #[test]
    fn unique_ids_are_valid_whatever_the_name_is() {
        for name in ["", "host.example", "ärger", &"y".repeat(200)] {
            let id = NodeId::unique(name, u64::MAX);
            assert_eq!(NodeId::new(id.as_str()), Ok(id));
        }
        assert_ne!(NodeId::unique("a", 1), NodeId::unique("a", 2));
    }
}
