//! What goes wrong.

/// What happens to one side at some step.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Fault {
    None,
    PredecessorDies,
    SuccessorDies,
    /// It does nothing until the other has done all it can do.
    PredecessorStalls,
    SuccessorStalls,
    /// Its shards do not start.
    SuccessorFails,
}

/// A mistake that the checks have to find.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Bug {
    None,
    RollBackIsNotTold,
    RollBackIsForgotten,
    CommitIsForgotten,
    SuccessorStartsBeforeRelease,
    SuccessorIgnoresStop,
    SuccessorDropsASession,
    StoreIsNotReleased,
    StoreIsNotTakenBack,
    StoreOfTheSuccessorIsNotReleased,
}

/// All of them, and none.
pub(super) const FAULTS: [Fault; 6] = [
    Fault::None,
    Fault::PredecessorDies,
    Fault::SuccessorDies,
    Fault::PredecessorStalls,
    Fault::SuccessorStalls,
    Fault::SuccessorFails,
];
