//! What is saved, and when.

mod losses;

use super::{Batch, CheckpointSchedule, Observed, Report, ResumePoint};
use crate::{ApplicationState, Checkpoint, CheckpointPolicy};
use gloaming_protocol::ShardId;
use gloaming_shard::Session;
use std::{
    sync::LazyLock,
    time::{Duration, Instant},
};

const SECOND: Duration = Duration::from_secs(1);

fn start() -> Instant {
    static START: LazyLock<Instant> = LazyLock::new(gloaming_test_support::start_of_time);
    *START
}

fn id(number: u32) -> ShardId {
    ShardId::new(number, 2)
}

fn session(name: &str, sequence: u64) -> Session {
    Session::new(sequence, name.to_owned())
}

fn checkpoint(number: u32, name: &str, sequence: u64) -> Checkpoint {
    Checkpoint::new(id(number), session(name, sequence))
}

fn schedule(loaded: &[Checkpoint]) -> CheckpointSchedule {
    CheckpointSchedule::new(start(), CheckpointPolicy::default(), [0, 1].map(id), loaded)
}

/// Asks for a batch while the shards are as given.
fn batch(schedule: &mut CheckpointSchedule, now: Instant, shards: [Observed; 2]) -> Option<Batch> {
    schedule.batch(now, |position| shards[position].clone())
}

fn at(name: &str, sequence: u64) -> Observed {
    Observed::At(point(session(name, sequence)))
}

const fn point(session: Session) -> ResumePoint {
    ResumePoint {
        session: Some(session),
        loss: None,
    }
}

fn saves(saves: impl Into<Vec<Checkpoint>>) -> Option<Batch> {
    Some(Batch {
        saves: saves.into(),
        removals: Vec::new(),
    })
}

fn removals(numbers: impl IntoIterator<Item = u32>) -> Option<Batch> {
    Some(Batch {
        saves: Vec::new(),
        removals: numbers.into_iter().map(id).collect(),
    })
}

#[test]
fn only_changes_are_saved_once_per_interval() {
    let mut schedule = schedule(&[]);
    assert_eq!(schedule.next(), start() + SECOND);
    let now = schedule.next();
    let first = batch(&mut schedule, now, [at("a", 1), Observed::Unknown]);
    assert_eq!(first, saves([checkpoint(0, "a", 1)]));
    assert_eq!(schedule.saved(), Report::Nothing);
    assert_eq!(schedule.next(), now + SECOND);
    let now = schedule.next();
    assert_eq!(
        batch(&mut schedule, now, [at("a", 1), Observed::Unknown]),
        None
    );
    let both = batch(&mut schedule, now, [at("a", 2), at("b", 1)]);
    assert_eq!(both, saves([checkpoint(0, "a", 2), checkpoint(1, "b", 1)]));
}

#[test]
fn what_was_loaded_is_not_saved_again_and_stays_until_the_shard_begins() {
    let mut schedule = schedule(&[checkpoint(0, "a", 5), checkpoint(1, "b", 6)]);
    let unknown = [Observed::Unknown, Observed::Unknown];
    assert_eq!(batch(&mut schedule, start(), unknown), None);
    assert_eq!(
        batch(&mut schedule, start(), [at("a", 5), at("b", 6)]),
        None
    );
    let lost = batch(&mut schedule, start(), [at("c", 1), Observed::Ended]);
    let expected = Batch {
        saves: vec![checkpoint(0, "c", 1)],
        removals: vec![id(1)],
    };
    assert_eq!(lost, Some(expected));
    schedule.saved();
    assert_eq!(
        batch(&mut schedule, start(), [at("c", 1), Observed::Ended]),
        None
    );
}

#[test]
fn resume_url_that_was_given_up_is_a_change() {
    let url = "wss://gateway-us-east1-b.discord.gg".to_owned();
    let with_url = session("a", 5).with_resume_url(url);
    let mut schedule = schedule(&[Checkpoint::new(id(0), with_url)]);
    let without = batch(&mut schedule, start(), [at("a", 5), Observed::Unknown]);
    assert_eq!(without, saves([checkpoint(0, "a", 5)]));
}

#[test]
fn failed_batch_is_saved_again_after_a_growing_wait() {
    let mut schedule = schedule(&[]);
    let shards = || [at("a", 1), Observed::Unknown];
    let mut now = start();
    for wait in [2, 4, 8, 16, 32, 60, 60] {
        let batch = batch(&mut schedule, now, shards());
        assert_eq!(batch, saves([checkpoint(0, "a", 1)]));
        schedule.failed(now);
        assert_eq!(schedule.next(), now + wait * SECOND);
        now = schedule.next();
    }
    batch(&mut schedule, now, shards()).unwrap();
    assert_eq!(schedule.saved(), Report::Recovered(7));
    assert_eq!(schedule.next(), now + SECOND);
}

/// The store may have it nevertheless.
#[test]
fn session_of_a_failed_save_is_removed_if_it_ends() {
    let mut schedule = schedule(&[]);
    batch(&mut schedule, start(), [at("a", 1), Observed::Ended]).unwrap();
    schedule.failed(start());
    let ended = [Observed::Ended, Observed::Ended];
    assert_eq!(batch(&mut schedule, start(), ended.clone()), removals([0]));
    schedule.failed(start());
    assert_eq!(batch(&mut schedule, start(), ended.clone()), removals([0]));
    schedule.saved();
    assert_eq!(batch(&mut schedule, start(), ended), None);
}

/// Another process may have saved other things.
#[test]
fn store_that_is_taken_back_gets_everything_again() {
    let shards = || [at("a", 1), Observed::Ended];
    let mut schedule = schedule(&[checkpoint(0, "a", 1)]);
    assert_eq!(batch(&mut schedule, start(), shards()), None);
    let later = start() + 9 * SECOND;
    schedule.taken_back(later);
    assert_eq!(schedule.next(), later);
    let both = batch_of(checkpoint(0, "a", 1), vec![id(1)]);
    assert_eq!(batch(&mut schedule, later, shards()), both);
}

#[test]
fn states_stay_in_a_store_that_is_taken_back() {
    let mut schedule = with_states(&[checkpoint(0, "a", 1).with_state("state")]);
    schedule.taken_back(start());
    let shards = [at("a", 2), Observed::Unknown];
    assert_eq!(batch(&mut schedule, start(), shards), None);
}

#[test]
fn warnings_are_a_minute_apart() {
    let mut schedule = schedule(&[]);
    let mut warnings = Vec::new();
    for second in 0..130 {
        let now = start() + second * SECOND;
        batch(&mut schedule, now, [at("a", 1), Observed::Unknown]).unwrap();
        if let Report::Failing(failures) = schedule.failed(now) {
            warnings.push((second, failures));
        }
    }
    assert_eq!(warnings, [(0, 1), (60, 61), (120, 121)]);
    let now = start() + 130 * SECOND;
    batch(&mut schedule, now, [at("a", 1), Observed::Unknown]).unwrap();
    schedule.saved();
    batch(&mut schedule, now, [at("a", 2), Observed::Unknown]).unwrap();
    assert_eq!(schedule.failed(now), Report::Failing(1), "it has recovered");
}

#[test]
fn sessions_of_another_total_stay_until_all_shards_are_saved() {
    let other = ShardId::new(0, 1);
    let outdated = Checkpoint::new(other, session("old", 9));
    let mut schedule = schedule(&[outdated]);
    batch(&mut schedule, start(), [at("a", 1), Observed::Ended]).unwrap();
    schedule.saved();
    let last = || batch_of(checkpoint(1, "b", 1), vec![other]);
    let shards = || [at("a", 1), at("b", 1)];
    assert_eq!(batch(&mut schedule, start(), shards()), last());
    schedule.failed(start());
    assert_eq!(batch(&mut schedule, start(), shards()), last());
    schedule.saved();
    assert_eq!(batch(&mut schedule, start(), shards()), None);
}

/// Several processes may share a store.
#[test]
fn sessions_of_other_shards_of_the_total_stay() {
    let policy = CheckpointPolicy::default();
    let loaded = [checkpoint(0, "a", 1), checkpoint(1, "b", 1)];
    let mut schedule = CheckpointSchedule::new(start(), policy, [id(0)], &loaded);
    let own = schedule.batch(start(), |_| at("a", 2));
    assert_eq!(own, saves([checkpoint(0, "a", 2)]));
}

fn batch_of(save: Checkpoint, removals: Vec<ShardId>) -> Option<Batch> {
    Some(Batch {
        saves: vec![save],
        removals,
    })
}

fn with_states(loaded: &[Checkpoint]) -> CheckpointSchedule {
    let policy = CheckpointPolicy::default().with_state(ApplicationState::Provided);
    CheckpointSchedule::new(start(), policy, [0, 1].map(id), loaded)
}

/// Asks which shards are due while they are as given.
fn due(schedule: &mut CheckpointSchedule, now: Instant, shards: [Session; 2]) -> Vec<usize> {
    let session = |id: ShardId| Some(point(shards[id.number() as usize].clone()));
    std::iter::from_fn(|| schedule.next_due(now, session)).collect()
}

#[test]
fn state_of_each_shard_that_has_changed_is_due_once_per_interval() {
    let mut schedule = with_states(&[checkpoint(1, "b", 5)]);
    let sessions = |a, b| [session("a", a), session("b", b)];
    assert!(due(&mut schedule, start(), sessions(1, 5)).is_empty());
    let now = start() + SECOND;
    assert_eq!(
        due(&mut schedule, now, sessions(1, 5)),
        [0],
        "the other is loaded"
    );
    assert!(due(&mut schedule, now, sessions(2, 6)).is_empty());
    let now = now + SECOND;
    assert_eq!(due(&mut schedule, now, sessions(2, 6)), [0, 1]);
    schedule.provide(0, checkpoint(0, "a", 2).with_state("state"));
    let now = now + SECOND;
    assert_eq!(
        due(&mut schedule, now, sessions(2, 6)),
        [1],
        "it was not provided"
    );
    schedule.ask_now(now);
    assert_eq!(due(&mut schedule, now, sessions(3, 6)), [0, 1]);
}

#[test]
fn without_states_nothing_is_due() {
    let mut schedule = schedule(&[]);
    let sessions = [session("a", 1), session("b", 1)];
    assert!(due(&mut schedule, start() + 9 * SECOND, sessions).is_empty());
}

#[test]
fn only_what_was_provided_is_saved() {
    let mut schedule = with_states(&[]);
    let shards = || [at("a", 9), at("b", 9)];
    assert_eq!(batch(&mut schedule, start(), shards()), None);
    let provided = checkpoint(0, "a", 7).with_state("state");
    schedule.provide(0, provided.clone());
    assert_eq!(
        batch(&mut schedule, start(), shards()),
        saves([provided.clone()])
    );
    schedule.failed(start());
    assert_eq!(
        batch(&mut schedule, start(), shards()),
        saves([provided.clone()])
    );
    // What is provided during a save that fails takes its place.
    let newer = checkpoint(0, "a", 8).with_state("newer");
    schedule.provide(0, newer.clone());
    schedule.failed(start());
    assert_eq!(batch(&mut schedule, start(), shards()), saves([newer]));
    schedule.saved();
    assert_eq!(batch(&mut schedule, start(), shards()), None);
}

#[test]
fn state_of_a_lost_session_is_removed_and_not_saved() {
    let mut schedule = with_states(&[checkpoint(0, "old", 5)]);
    schedule.provide(0, checkpoint(0, "old", 6).with_state("state"));
    let replaced = || [at("new", 1), Observed::Unknown];
    assert_eq!(batch(&mut schedule, start(), replaced()), removals([0]));
    schedule.failed(start());
    assert_eq!(batch(&mut schedule, start(), replaced()), removals([0]));
    schedule.saved();
    assert_eq!(batch(&mut schedule, start(), replaced()), None);
    let provided = checkpoint(0, "new", 1).with_state("state");
    schedule.provide(0, provided.clone());
    assert_eq!(batch(&mut schedule, start(), replaced()), saves([provided]));
}

#[test]
fn interval_is_bounded() {
    for (interval, bounded) in [
        (Duration::ZERO, Duration::from_millis(10)),
        (Duration::MAX, Duration::from_secs(600)),
    ] {
        let policy = CheckpointPolicy::default().with_interval(interval);
        let schedule = CheckpointSchedule::new(start(), policy, [id(0)], &[]);
        assert_eq!(schedule.next(), start() + bounded);
    }
}

#[test]
fn added_shard_is_saved_with_the_others() {
    let mut schedule = schedule(&[]);
    let added = schedule.add(ShardId::new(7, 8), None);
    assert_eq!(added, 2);
    let shards = [at("a", 1), at("b", 1), at("c", 1)];
    let batch = schedule.batch(start() + SECOND, |position| shards[position].clone());
    assert_eq!(batch.map(|batch| batch.saves.len()), Some(3));
}

#[test]
fn removed_shard_stays_in_the_store_and_returns_to_its_position() {
    let mut schedule = schedule(&[]);
    let shards = [at("a", 1), at("b", 1)];
    batch(&mut schedule, start() + SECOND, shards).unwrap();
    schedule.saved();
    assert_eq!(schedule.remove(id(1)), Some(1));
    assert_eq!(schedule.remove(ShardId::new(7, 8)), None);
    let now = start() + 2 * SECOND;
    assert_eq!(
        batch(&mut schedule, now, [at("a", 1), Observed::Unknown]),
        None
    );
    assert_eq!(schedule.add(id(1), None), 1);
    let now = start() + 3 * SECOND;
    assert_eq!(
        batch(&mut schedule, now, [at("a", 1), at("b", 2)]),
        saves([checkpoint(1, "b", 2)])
    );
}

#[test]
fn shard_that_returns_is_saved_although_it_is_where_it_was() {
    let mut schedule = schedule(&[]);
    batch(&mut schedule, start() + SECOND, [at("a", 1), at("b", 1)]).unwrap();
    schedule.remove(id(1));
    // Another process may have saved it in between. The save that is under way is of the time before.
    assert_eq!(schedule.add(id(1), None), 1);
    schedule.saved();
    let now = start() + 2 * SECOND;
    assert_eq!(
        batch(&mut schedule, now, [at("a", 1), at("b", 1)]),
        saves([checkpoint(1, "b", 1)])
    );
}

#[test]
fn shard_that_is_added_with_its_checkpoint_is_saved_once_it_moves_on() {
    let mut schedule = schedule(&[]);
    let stored = checkpoint(1, "b", 4);
    assert_eq!(schedule.add(id(1), Some(&stored)), 1);
    let now = start() + SECOND;
    let first = batch(&mut schedule, now, [Observed::Unknown, at("b", 4)]);
    assert_eq!(first, None);
    let now = start() + 2 * SECOND;
    let next = batch(&mut schedule, now, [Observed::Unknown, at("b", 5)]);
    assert_eq!(next, saves([checkpoint(1, "b", 5)]));
    schedule.saved();
    // What another process has stored is removed if the session has ended.
    schedule.add(id(1), Some(&stored));
    let now = start() + 3 * SECOND;
    let last = batch(&mut schedule, now, [Observed::Unknown, Observed::Ended]);
    let removals = vec![id(1)];
    assert_eq!(last.map(|batch| batch.removals), Some(removals));
}

#[test]
fn removed_shard_does_not_keep_outdated_sessions_in_the_store() {
    let outdated = ShardId::new(0, 1);
    let loaded = Checkpoint::new(outdated, session("old", 9));
    let mut schedule = schedule(&[loaded]);
    schedule.remove(id(1));
    let shards = [at("a", 1), Observed::Unknown];
    let first = batch(&mut schedule, start() + SECOND, shards.clone()).unwrap();
    assert_eq!(first.removals, [outdated]);
}

#[test]
fn replaced_shards_are_removed_once_the_new_ones_are_saved() {
    let mut schedule = schedule(&[]);
    let shards = [at("a", 1), at("b", 1)];
    batch(&mut schedule, start() + SECOND, shards).unwrap();
    schedule.saved();
    let now = start() + 2 * SECOND;
    let new = [0, 1, 2].map(|number| ShardId::new(number, 3));
    schedule.replace(now, new);
    assert_eq!(schedule.next(), now, "at once");

    let observed = [at("x", 1), Observed::Unknown, at("z", 1)];
    let first = schedule.batch(now, |position| observed[position].clone());
    let first = first.unwrap();
    let saved: Vec<ShardId> = first.saves.iter().map(Checkpoint::shard).collect();
    assert_eq!((saved, first.removals), (vec![new[0], new[2]], vec![]));
    schedule.saved();
    let observed = [at("x", 1), at("y", 1), at("z", 1)];
    let second = schedule.batch(now + SECOND, |position| observed[position].clone());
    let second = second.unwrap();
    assert_eq!(second.saves.len(), 1);
    assert_eq!(second.removals, [id(0), id(1)]);
}

/// The store may have got the batch that was on its way.
#[test]
fn shards_that_are_replaced_while_they_are_saved_are_removed_too() {
    let mut schedule = schedule(&[]);
    let shards = [at("a", 1), Observed::Unknown];
    batch(&mut schedule, start() + SECOND, shards).unwrap();
    let now = start() + 2 * SECOND;
    schedule.replace(now, [ShardId::new(0, 1)]);
    schedule.saved();
    let batch = schedule.batch(now, |_| at("x", 1)).unwrap();
    assert_eq!(batch.saves.len(), 1, "the new one is not saved yet");
    assert_eq!(batch.removals, [id(0)]);
}
