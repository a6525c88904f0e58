//! Lost sessions of which events are not handled.

use super::{
    Observed, ResumePoint, SECOND, at, batch, checkpoint, id, removals, saves, schedule, session,
    start, with_states,
};
use crate::Checkpoint;
use gloaming_shard::machine::delivery::UnhandledLoss;
use std::num::NonZeroU32;

fn loss(after: u64) -> UnhandledLoss {
    UnhandledLoss::new("old", after, 9, NonZeroU32::MIN)
}

/// The shard is in another session, and events after this one are not handled.
fn replaced(after: u64) -> [Observed; 2] {
    let point = ResumePoint {
        session: Some(session("new", 1)),
        loss: Some(loss(after)),
    };
    [Observed::At(point), Observed::Unknown]
}

/// The shard has no session, and events after this one are not handled.
fn lost(after: u64) -> [Observed; 2] {
    let point = ResumePoint {
        session: None,
        loss: Some(loss(after)),
    };
    [Observed::At(point), Observed::Unknown]
}

#[test]
fn loss_is_saved_until_it_is_handled() {
    let mut schedule = schedule(&[]);
    let replaced_at = |after| checkpoint(0, "new", 1).with_unhandled_loss(loss(after));
    for after in [5, 6] {
        let saved = batch(&mut schedule, start(), replaced(after));
        assert_eq!(saved, saves([replaced_at(after)]));
        schedule.saved();
        assert_eq!(batch(&mut schedule, start(), replaced(after)), None);
    }
    let handled = || [at("new", 1), Observed::Unknown];
    let saved = batch(&mut schedule, start(), handled());
    assert_eq!(saved, saves([checkpoint(0, "new", 1)]));
}

#[test]
fn loss_is_saved_without_a_session_while_there_is_none() {
    let mut schedule = schedule(&[checkpoint(0, "old", 4)]);
    let saved = batch(&mut schedule, start(), lost(5));
    assert_eq!(saved, saves([Checkpoint::without_session(id(0), loss(5))]));
    schedule.saved();
    assert_eq!(batch(&mut schedule, start(), lost(5)), None);
    let ended = [Observed::Ended, Observed::Unknown];
    assert_eq!(batch(&mut schedule, start(), ended), removals([0]));
}

#[test]
fn loss_that_was_loaded_is_not_saved_again() {
    let loaded = checkpoint(0, "new", 1).with_unhandled_loss(loss(5));
    let mut schedule = schedule(&[loaded]);
    assert_eq!(batch(&mut schedule, start(), replaced(5)), None);
    let handled = batch(&mut schedule, start(), [at("new", 1), Observed::Unknown]);
    assert_eq!(handled, saves([checkpoint(0, "new", 1)]));
}

/// The state of a lost session is no use, but what was not handled in it is still reported.
#[test]
fn loss_takes_the_place_of_a_state_of_the_lost_session() {
    let mut schedule = with_states(&[checkpoint(0, "old", 5).with_state("state")]);
    let only_loss = || saves([Checkpoint::without_session(id(0), loss(5))]);
    assert_eq!(batch(&mut schedule, start(), replaced(5)), only_loss());
    schedule.failed(start());
    assert_eq!(batch(&mut schedule, start(), replaced(5)), only_loss());
    schedule.saved();
    assert_eq!(batch(&mut schedule, start(), replaced(5)), None);
    let provided = checkpoint(0, "new", 1)
        .with_state("state")
        .with_unhandled_loss(loss(6));
    schedule.provide(0, provided.clone());
    assert_eq!(
        batch(&mut schedule, start(), replaced(6)),
        saves([provided])
    );
    schedule.saved();
    assert_eq!(
        batch(&mut schedule, start(), replaced(7)),
        None,
        "the next state is saved with it"
    );
}

#[test]
fn loss_without_a_state_is_removed_once_it_is_handled() {
    let mut schedule = with_states(&[]);
    batch(&mut schedule, start(), lost(5)).unwrap();
    schedule.saved();
    let handled = || [at("new", 1), Observed::Unknown];
    assert_eq!(batch(&mut schedule, start(), handled()), removals([0]));
    schedule.saved();
    assert_eq!(batch(&mut schedule, start(), handled()), None);
}

/// Handling what was lost changes the state, too.
#[test]
fn state_is_due_if_only_the_loss_has_changed() {
    let mut schedule = with_states(&[]);
    schedule.provide(0, checkpoint(0, "new", 1).with_unhandled_loss(loss(5)));
    let mut now = start();
    let mut due = |loss: Option<UnhandledLoss>| {
        now += SECOND;
        let point = |of| {
            let session = (of == id(0)).then(|| session("new", 1));
            let loss = loss.clone();
            Some(ResumePoint { session, loss })
        };
        std::iter::from_fn(|| schedule.next_due(now, point)).collect::<Vec<_>>()
    };
    assert!(due(Some(loss(5))).is_empty());
    assert_eq!(due(Some(loss(6))), [0]);
    assert_eq!(due(None), [0]);
}
