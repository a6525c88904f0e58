//! Whether the driver feeds deadlines in time.

use crate::Lifecycle;
use std::time::Duration;

/// The delay from which on [`Lifecycle::PolledLate`] is reported: longer than a busy machine delays a task, and shorter
/// than any heartbeat interval of Discord's.
pub const MIN_REPORTED_DELAY: Duration = Duration::from_secs(2);

/// Whether the driver fed the last deadline in time.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Punctuality {
    OnTime,
    Late,
}

impl Punctuality {
    /// Records how late a deadline was fed, and returns what to report of it.
    ///
    /// Reports a late call, but not each of several in a row: a consumer that is slow with every item would be given
    /// nothing but reports.
    pub(crate) fn record(&mut self, by: Duration) -> Option<Lifecycle> {
        let before = *self;
        *self = match by < MIN_REPORTED_DELAY {
            true => Self::OnTime,
            false => Self::Late,
        };
        let is_first = (before, *self) == (Self::OnTime, Self::Late);
        is_first.then_some(Lifecycle::PolledLate { by })
    }
}
