//! What the store has in the end.

use super::Campaign;
use crate::{
    Result,
    state::State,
    view,
    world::{self, Guilds, Sizes},
};
use gloaming_cluster::{ApplicationState, FileStore, SessionStore as _, StoreOwner};
use gloaming_emulator::DEFAULT_TOKEN;
use gloaming_protocol::Token;
use std::collections::BTreeMap;

impl Campaign<'_> {
    /// Returns what is stored with the session of each shard, as the next process would get it.
    pub(super) async fn stored_states(&self) -> Result<BTreeMap<u32, State>> {
        let mut states = BTreeMap::new();
        if self.mode.state() == ApplicationState::None {
            return Ok(states);
        }
        let store = FileStore::new(&self.directory);
        let owner = StoreOwner::of(&Token::new(DEFAULT_TOKEN));
        for checkpoint in store.load(owner).await? {
            let shard = checkpoint.shard();
            let state = checkpoint.state();
            let state = state.ok_or_else(|| format!("{shard} is stored without a state"))?;
            states.insert(shard.number(), State::from_bytes(state)?);
        }
        Ok(states)
    }

    /// With a state that is stored with the session, each event counts once.
    pub(super) fn check_counts(&mut self, states: &BTreeMap<u32, State>) {
        if self.mode.state() == ApplicationState::None {
            return;
        }
        for shard in 0..self.options.shards {
            let expected = self.record.expected(shard);
            let counted = states.get(&shard).map(|state| state.counted);
            if counted != Some(expected) {
                self.record.fault(format!(
                    "the state of shard {shard} has {counted:?}, and {expected:?} were sent"
                ));
            }
        }
    }

    /// A cache that is stored with the session has the world as it is.
    pub(super) async fn check_caches(&mut self, states: &BTreeMap<u32, State>) -> Result<Sizes> {
        let mut sizes = Sizes::default();
        let mut all = Guilds::new();
        for (shard, state) in states {
            sizes.add(&state.guilds);
            for difference in world::differences(&state.guilds, &self.world.of_shard(*shard)) {
                self.record.fault(format!("shard {shard}: {difference}"));
            }
            all.extend(state.guilds.clone());
        }
        // The emulator keeps the channels and roles of its own guilds, and sends them to a new session.
        for (id, guild) in view::guilds(&self.emulator).await? {
            let Some(cached) = all.get(&id) else {
                continue;
            };
            let channels = world::each("channel", &cached.channels, &guild.channels);
            let roles = world::each("role", &cached.roles, &guild.roles);
            for difference in channels.chain(roles) {
                let fault = format!("a new session: guild {id}: {difference}");
                self.record.fault(fault);
            }
        }
        Ok(sizes)
    }
}
