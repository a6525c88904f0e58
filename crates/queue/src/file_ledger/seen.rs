//! What a process knows of a ledger's file, so that it notices when the file is deleted or replaced.

use crate::{clock_reading::ClockReading, ledger::LedgerState};

/// The content of a file.
#[derive(Clone, Debug, Default)]
pub(super) struct Content {
    /// Which ledger it is. Files of format 1 have none.
    pub(super) id: Option<u64>,
    /// The number of changes since the ledger was begun.
    pub(super) revision: u64,
    pub(super) state: LedgerState,
}

impl Content {
    /// Gives the ledger another id when it is written, so that each process that knows the one before adds what it
    /// knows.
    fn begun_anew(self) -> Self {
        Self { id: None, ..self }
    }
}

/// Whether a file continues what this process knows.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Continuity {
    Continued,
    /// There is no file any more.
    Deleted,
    /// It is another ledger, or an older copy of this one.
    Replaced,
}

/// Returns the content to continue with: `found`, and what this process knows beyond it if the file was deleted or
/// replaced.
pub(super) fn reconcile(
    found: Option<Content>,
    seen: Option<&Content>,
    now: &ClockReading,
) -> (Content, Continuity) {
    match (found, seen) {
        (found, None) => (found.unwrap_or_default(), Continuity::Continued),
        (None, Some(seen)) => (seen.clone().begun_anew(), Continuity::Deleted),
        (Some(found), Some(seen)) if is_later(&found, seen) => (found, Continuity::Continued),
        (Some(mut found), Some(seen)) => {
            found.state.add_missing(seen.state.clone(), now);
            if found.id == seen.id {
                found = found.begun_anew();
            }
            (found, Continuity::Replaced)
        }
    }
}

fn is_later(found: &Content, seen: &Content) -> bool {
    match seen.id {
        Some(_) => found.id == seen.id && found.revision >= seen.revision,
        // This process has not written it yet. Another one may have, in the current format.
        None => true,
    }
}

#[cfg(test)]
mod tests {
    use super::{Content, Continuity, reconcile};
    use crate::{
        clock_reading::ClockReading,
        ledger::{LedgerEntry, LedgerState, RecordedIdentify},
        timestamp::Timestamp,
    };

    const NOW: ClockReading = ClockReading::of_wall(Timestamp::from_millis(1_750_000_000_000));

    fn content(id: Option<u64>, revision: u64, shards: &[u32]) -> Content {
        let mut state = LedgerState::default();
        for shard in shards {
            let identify = RecordedIdentify {
                shard: *shard,
                at: NOW.wall,
            };
            state.apply(&LedgerEntry::Spent(identify), &NOW);
        }
        Content {
            id,
            revision,
            state,
        }
    }

    fn shards(content: &Content) -> Vec<u32> {
        content.state.spent().map(|spent| spent.shard).collect()
    }

    #[test]
    fn file_with_later_changes_is_taken_as_it_is() {
        let seen = content(Some(1), 5, &[0, 1]);
        // Another process returned an identify.
        let (after, continuity) = reconcile(Some(content(Some(1), 6, &[0])), Some(&seen), &NOW);
        assert_eq!(continuity, Continuity::Continued);
        assert_eq!(shards(&after), [0]);
        let (after, continuity) = reconcile(Some(content(Some(2), 1, &[3])), None, &NOW);
        assert_eq!(continuity, Continuity::Continued);
        assert_eq!(shards(&after), [3]);
        let format_1 = content(None, 0, &[0]);
        let (_, continuity) = reconcile(Some(content(Some(2), 1, &[3])), Some(&format_1), &NOW);
        assert_eq!(continuity, Continuity::Continued);
    }

    #[test]
    fn what_is_known_of_a_deleted_file_remains() {
        let (after, continuity) = reconcile(None, Some(&content(Some(1), 5, &[0, 1])), &NOW);
        assert_eq!(continuity, Continuity::Deleted);
        assert_eq!(shards(&after), [0, 1]);
        assert_eq!((after.id, after.revision), (None, 5));
        let (_, continuity) = reconcile(None, None, &NOW);
        assert_eq!(continuity, Continuity::Continued);
    }

    #[test]
    fn what_a_replaced_file_lacks_is_added() {
        let seen = content(Some(1), 5, &[0, 1]);
        for (found, id) in [
            (content(Some(2), 9, &[1, 2]), Some(2)),
            (content(Some(1), 4, &[1, 2]), None),
            (content(None, 0, &[1, 2]), None),
        ] {
            let (after, continuity) = reconcile(Some(found.clone()), Some(&seen), &NOW);
            assert_eq!(continuity, Continuity::Replaced, "{found:?}");
            assert_eq!(after.id, id);
            let mut shards = shards(&after);
            shards.sort_unstable();
            assert_eq!(shards, [0, 1, 2]);
        }
    }
}
