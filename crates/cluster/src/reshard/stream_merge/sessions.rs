//! How a stream begins in a set, and what the loss of a session means for it.

use super::{
    Context, JoinOutcome, OwnerSession, Stage, StreamMerge,
    unmatched::{Cut, Fate},
};
use crate::reshard::{Receipt, ShardSet};

impl<T> StreamMerge<T> {
    /// The set begins to bring the events of this stream.
    pub(in crate::reshard) fn join(
        &mut self,
        cx: &mut Context<'_, T>,
        set: ShardSet,
    ) -> JoinOutcome {
        match (self.stage, self.owner_session) {
            (Stage::Single { owner }, session) if owner == set => {
                if session == OwnerSession::Lost {
                    self.owner_session = OwnerSession::Renewed { at: cx.now };
                }
                JoinOutcome::Ordinary
            }
            (Stage::Single { owner }, _) if cx.receipt[owner] == Receipt::Complete => {
                self.leave_to(cx, set);
                JoinOutcome::Ordinary
            }
            (Stage::Joining { owner, .. }, OwnerSession::Lost) if owner == set => {
                self.owner_session = OwnerSession::Renewed { at: cx.now };
                let joined = cx.now;
                self.stage = Stage::Joining { owner, joined };
                JoinOutcome::Ordinary
            }
            (Stage::Single { owner }, session) => {
                // The fingerprints of earlier events of the owner are unknown, or its session did not bring them.
                let at = match session {
                    OwnerSession::Renewed { at } => at,
                    OwnerSession::Established | OwnerSession::Lost => cx.epoch,
                };
                self.owner_session = match session {
                    OwnerSession::Lost => session,
                    _ if cx.is_past(set, at) => OwnerSession::Established,
                    _ => OwnerSession::Renewed { at },
                };
                for event in &mut self.unmatched[owner] {
                    event.fate = Fate::Delivered(Cut::Doubtful);
                }
                let joined = cx.now;
                self.stage = Stage::Joining { owner, joined };
                JoinOutcome::Joined
            }
            _ => JoinOutcome::Ordinary,
        }
    }

    /// The shard of the set has lost its session. Nothing more comes until the next cut.
    pub(in crate::reshard) fn lose_session(&mut self, cx: &mut Context<'_, T>, set: ShardSet) {
        match self.stage {
            Stage::Single { owner } if owner == set => {
                self.owner_session = OwnerSession::Lost;
                self.forget_copies(cx, owner);
            }
            Stage::Single { .. } => {}
            Stage::Joining { owner, .. } | Stage::CatchingUp { owner }
                if owner == set && cx.receipt[owner] == Receipt::Complete =>
            {
                self.release(cx);
                self.leave_to(cx, set.other());
            }
            // What the other set brought and was left to the owner is in the gap that the shard reports. The owner begins anew,
            // so that the state of the guild that the consumer gets next is that after the gap.
            Stage::Joining { owner, .. } | Stage::CatchingUp { owner } if owner == set => {
                self.restart(cx, owner);
            }
            Stage::Joining { owner, .. } | Stage::CatchingUp { owner } => {
                let session = self.owner_session;
                self.leave_to(cx, owner);
                self.owner_session = session;
            }
            Stage::Merged => self.leave_to(cx, set.other()),
        }
    }

    /// The owner lost its session while the other set was joining.
    fn restart(&mut self, cx: &mut Context<'_, T>, owner: ShardSet) {
        self.stage = Stage::Joining {
            owner,
            joined: cx.now,
        };
        self.owner_session = OwnerSession::Lost;
        self.forget_copies(cx, owner);
        for set in ShardSet::BOTH {
            for event in &mut self.unmatched[set] {
                if matches!(event.fate, Fate::Held(_)) {
                    cx.counts.held -= 1;
                    event.fate = Fate::Awaited(Cut::Doubtful);
                }
                event.fate.doubt();
            }
        }
    }

    /// The owner has another session, which does not bring the copies of events that an earlier session of the other set
    /// delivered.
    pub(in crate::reshard) fn forget_copies(&mut self, cx: &mut Context<'_, T>, owner: ShardSet) {
        let copies = &mut self.unmatched[owner.other()];
        let before = copies.len();
        copies.retain(|event| !matches!(event.fate, Fate::Delivered(_)));
        cx.counts.tracked -= before - copies.len();
    }

    /// Goes on with one set. Events that the other has delivered first are still to be dropped.
    pub(super) fn leave_to(&mut self, cx: &mut Context<'_, T>, owner: ShardSet) {
        self.stage = Stage::Single { owner };
        self.owner_session = OwnerSession::Established;
        let counts = &mut *cx.counts;
        self.unmatched[owner.other()].retain_mut(|event| {
            let is_kept = matches!(event.fate, Fate::Delivered(_));
            counts.tracked -= usize::from(!is_kept);
            counts.held -= usize::from(matches!(event.fate, Fate::Held(_)));
            if is_kept {
                // The copy comes, if at all, before those of a later session.
                event.fate = Fate::Delivered(Cut::After);
            }
            is_kept
        });
        // What the owner brought and was left to the other, whose session is lost, is not kept. What was matched with a
        // doubtful event is: if that was the wrong match, the next session may bring the right one.
        self.unmatched[owner].retain_mut(|event| {
            let is_kept = matches!(event.fate, Fate::Delivered(_) | Fate::DoubtfulMatch);
            counts.tracked -= usize::from(!is_kept);
            event.fate = Fate::Delivered(Cut::Doubtful);
            is_kept
        });
    }
}
