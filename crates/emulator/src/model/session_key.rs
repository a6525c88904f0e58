//! The key of a session.

/// A session's number within its gateway. Numbers are given in the order of the sessions' starts.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct SessionKey(pub(crate) u64);
