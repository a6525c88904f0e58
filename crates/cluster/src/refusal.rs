//! What the refusal of one shard means for the others.

use crate::slot::Slot;
use gloaming_protocol::{CloseCode, CloseScope, Intents, ShardId};
use gloaming_shard::machine::StopReason;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

/// The shards of a cluster, as seen by one of them. It keeps none of them alive. Clones are the same list.
#[derive(Clone, Debug)]
pub(crate) struct Peers {
    slots: Arc<Mutex<Vec<Weak<Slot>>>>,
}

impl Peers {
    pub(crate) fn new(slots: &[Arc<Slot>]) -> Self {
        let slots = slots.iter().map(Arc::downgrade).collect();
        Self {
            slots: Arc::new(Mutex::new(slots)),
        }
    }

    pub(crate) fn add(&self, slot: &Arc<Slot>) {
        self.lock().push(Arc::downgrade(slot));
    }

    pub(crate) fn remove(&self, slot: &Slot) {
        self.lock()
            .retain(|peer| !std::ptr::eq(peer.as_ptr(), slot));
    }

    /// Forbids the shards that Discord would refuse for the same reason to identify.
    pub(crate) fn told_of_stop(&self, slot: &Slot) {
        let Some(StopReason::Refused(code)) = slot.monitor.status().stop_reason() else {
            return;
        };
        let refused = Identity::of(slot);
        let others: Vec<_> = self.lock().iter().filter_map(Weak::upgrade).collect();
        for other in others.iter().filter(|other| other.id != slot.id) {
            if refused.shares_refusal(code, &Identity::of(other)) == SharedRefusal::Yes {
                other.forbid_identify();
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Weak<Slot>>> {
        // No change under this lock is left half-done.
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a shard identifies with.
#[derive(Clone, Copy)]
struct Identity<'a> {
    id: ShardId,
    token: &'a str,
    intents: Intents,
}

/// Whether the refusal of one shard concerns another.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum SharedRefusal {
    Yes,
    No,
}

impl<'a> Identity<'a> {
    fn of(slot: &'a Slot) -> Self {
        Self {
            id: slot.id,
            token: slot.config.token(),
            intents: slot.config.intents(),
        }
    }

    /// Decides whether Discord, which refused this shard, would refuse the other for the same reason. Ready-made
    /// shards may differ in everything.
    fn shares_refusal(&self, code: CloseCode, other: &Self) -> SharedRefusal {
        let is_shared = match code.scope() {
            CloseScope::Shard => false,
            CloseScope::ShardCount => {
                self.token == other.token && self.id.total() == other.id.total()
            }
            CloseScope::Bot => self.token == other.token && self.intents == other.intents,
        };
        if is_shared {
            SharedRefusal::Yes
        } else {
            SharedRefusal::No
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Identity, Peers, SharedRefusal};
    use crate::slot::Slot;
    use gloaming_protocol::{CloseCode, Intents, ShardId};
    use gloaming_shard::{ConfigBuilder, Shard, supervision::BufferSettings};
    use std::sync::Arc;

    #[test]
    fn removed_shard_is_no_peer() {
        let slots = [0, 1, 2].map(|number| {
            let config = ConfigBuilder::new("token".to_owned(), Intents::GUILDS).build();
            let shard = Shard::with_config(ShardId::new(number, 3), config);
            Arc::new(Slot::new(shard, None, 1, BufferSettings::new(1)).0)
        });
        let peers = Peers::new(&slots[..2]);
        peers.add(&slots[2]);
        peers.remove(&slots[1]);
        let left = peers.lock();
        let left = Vec::from_iter(
            left.iter()
                .filter_map(|peer| Some(peer.upgrade()?.id.number())),
        );
        assert_eq!(left, [0, 2]);
    }

    const REFUSED: Identity<'static> = Identity {
        id: ShardId::new(0, 4),
        token: "a",
        intents: Intents::GUILDS,
    };

    /// A shard that differs in nothing that Discord could refuse.
    const SIBLING: Identity<'static> = Identity {
        id: ShardId::new(1, 4),
        ..REFUSED
    };
    const OF_ANOTHER_TOTAL: Identity<'static> = Identity {
        id: ShardId::new(1, 8),
        ..REFUSED
    };
    const WITH_ANOTHER_TOKEN: Identity<'static> = Identity {
        token: "b",
        ..SIBLING
    };
    const WITH_OTHER_INTENTS: Identity<'static> = Identity {
        intents: Intents::GUILD_MESSAGES,
        ..SIBLING
    };

    fn shared(code: u16, other: &Identity<'_>) -> bool {
        let code = CloseCode::from_number(code).unwrap();
        REFUSED.shares_refusal(code, other) == SharedRefusal::Yes
    }

    #[test]
    fn refusal_of_the_bot_concerns_shards_with_its_token_and_intents() {
        for code in [4004, 4012, 4013, 4014] {
            assert!(shared(code, &SIBLING));
            assert!(shared(code, &OF_ANOTHER_TOTAL));
            assert!(!shared(code, &WITH_ANOTHER_TOKEN));
            assert!(!shared(code, &WITH_OTHER_INTENTS));
        }
    }

    #[test]
    fn refusal_of_the_shard_count_concerns_shards_of_the_same_total() {
        for code in [4010, 4011] {
            assert!(shared(code, &SIBLING));
            assert!(shared(code, &WITH_OTHER_INTENTS));
            assert!(!shared(code, &OF_ANOTHER_TOTAL));
            assert!(!shared(code, &WITH_ANOTHER_TOKEN));
        }
    }

    #[test]
    fn other_codes_concern_one_shard() {
        for code in [4000, 4007, 4009] {
            assert!(!shared(code, &SIBLING));
        }
    }
}
