//! The lease of the node itself.

use super::io::CallId;
use crate::lease::NodeLease;
use std::time::Instant;

#[derive(Clone, Debug)]
pub(super) enum Membership {
    /// The node has no lease.
    Outside {
        attempt: Option<CallId>,
        due: Instant,
    },
    /// The node has a lease, as far as it knows.
    Member(Term),
    /// The node gives its lease back.
    Leaving { due: Instant, lease: NodeLease },
    /// The node has left for good.
    Left,
}

/// The current lease of the node.
#[derive(Clone, Debug)]
pub(super) struct Term {
    pub(super) lease: NodeLease,
    /// When the node has to act as if the lease had ended.
    pub(super) owners_end: Instant,
    pub(super) renew_at: Instant,
    pub(super) renewal: Option<CallId>,
}

impl Membership {
    /// Returns the lease, if it has not ended for its owner.
    pub(super) fn proven(&self, now: Instant) -> Option<&NodeLease> {
        match self {
            Self::Member(term) if now < term.owners_end => Some(&term.lease),
            _ => None,
        }
    }

    /// Returns since when the engine has been silent, if it is.
    pub(super) fn silent_since(&self, now: Instant) -> Option<Instant> {
        match self {
            Self::Member(term) if term.owners_end <= now => Some(term.owners_end),
            _ => None,
        }
    }

    pub(super) const fn term(&self) -> Option<&Term> {
        match self {
            Self::Member(term) => Some(term),
            _ => None,
        }
    }

    pub(super) const fn term_mut(&mut self) -> Option<&mut Term> {
        match self {
            Self::Member(term) => Some(term),
            _ => None,
        }
    }
}
