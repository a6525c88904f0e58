//! An event of which one copy has arrived.

use std::time::Instant;

/// An event of which one copy has arrived, or what is left of one.
#[derive(Debug)]
pub(super) struct Unmatched<T> {
    pub(super) fingerprint: u64,
    pub(super) at: Instant,
    pub(super) fate: Fate<T>,
}

/// What became of an event of which one copy has arrived.
#[derive(Debug)]
pub(super) enum Fate<T> {
    /// It was delivered. The other copy will be dropped.
    Delivered(Cut),
    /// It was left to the owner, whose copy will be delivered.
    Awaited(Cut),
    /// It is delivered as soon as the owner has delivered everything before it.
    Held(T),
    /// No event: this content was matched with a doubtful event of the other set. If that brings it once more, it may be the
    /// right match.
    DoubtfulMatch,
}

/// Whether the other set brings a copy of an event.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Cut {
    /// It came after the cut of that set.
    After,
    /// It may have come before the cut.
    Doubtful,
}

impl<T> Fate<T> {
    pub(super) const fn is_delivered(&self) -> bool {
        matches!(self, Self::Delivered(_))
    }

    pub(super) const fn is_doubtful(&self) -> bool {
        matches!(
            self,
            Self::Delivered(Cut::Doubtful) | Self::Awaited(Cut::Doubtful) | Self::DoubtfulMatch
        )
    }

    /// Casts doubt on an event. Returns whether there was none before.
    pub(super) const fn doubt(&mut self) -> bool {
        let (Self::Delivered(cut) | Self::Awaited(cut)) = self else {
            return false;
        };
        let was_certain = matches!(cut, Cut::After);
        *cut = Cut::Doubtful;
        was_certain
    }
}
