//! A switch within one cluster, whose handles and stream go on.

use super::ClusterSwitch;
use crate::{
    reshard::{ReshardError, ReshardErrorKind, SwitchoverEnd, SwitchoverOutcome},
    reshard_in_place::RunningReshard,
    stream::{ReshardRequest, SetItems},
};
use tokio::sync::oneshot;

/// The cluster, and the one that waits for the end of its switch.
#[derive(Debug)]
pub(super) struct InPlace {
    running: RunningReshard,
    reply: oneshot::Sender<Result<SwitchoverOutcome, ReshardError>>,
}

impl InPlace {
    /// The switch has ended. The other set is not closed yet.
    pub(super) fn finish(&self, end: SwitchoverEnd) {
        self.running.finish(end);
    }

    /// Only the set that remains has items left.
    pub(super) fn over(self, outcome: Option<SwitchoverOutcome>) {
        // From now on, shards can be added and removed again.
        drop(self.running);
        // One who does not wait any more need not know.
        _ = self
            .reply
            .send(outcome.ok_or_else(|| ReshardErrorKind::ClusterDown.into()));
    }
}

impl ClusterSwitch {
    /// Begins the switch from the set of these items to the one of the request. Returns the items if it can't begin.
    pub(crate) fn in_place(
        items: SetItems,
        request: ReshardRequest,
    ) -> Result<Self, Box<SetItems>> {
        let ReshardRequest {
            running,
            new,
            items: new_items,
            budget,
            settings,
            reply,
        } = request;
        let cluster = running.cluster();
        let old = cluster.view(cluster.members());
        let begun = Self::validate(&old, &new, budget)
            .and_then(|totals| Ok((totals, running.begin(&new)?)));
        match begun {
            Ok((totals, ())) => {
                let in_place = Some(InPlace { running, reply });
                let items = [items, new_items];
                Ok(Self::begin([old, new], items, totals, settings, in_place))
            }
            Err(error) => {
                drop(running);
                _ = reply.send(Err(error));
                Err(Box::new(items))
            }
        }
    }
}
