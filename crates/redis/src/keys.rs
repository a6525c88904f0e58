//! The keys of a bot. They have one hash tag, so that a cluster keeps them on one server and a script may use several.

use gloaming_protocol::ShardId;

/// The keys of a bot, apart from those of sessions.
#[derive(Clone, Debug)]
pub(crate) struct Keys {
    /// `{gloaming:BOT}:`
    prefix: String,
    pub(crate) agreement: String,
    pub(crate) identifies: String,
    /// In the order in which the scripts expect them: nodes, shards, changes, state.
    pub(crate) leases: [String; 4],
}

impl Keys {
    pub(crate) fn new(bot: &str) -> Self {
        let prefix = format!("{{gloaming:{bot}}}:");
        let key = |name: &str| format!("{prefix}{name}");
        Self {
            agreement: key("agreement"),
            identifies: key("identifies"),
            leases: [key("nodes"), key("shards"), key("changes"), key("state")],
            prefix,
        }
    }

    /// The stream of the changes of leases.
    pub(crate) fn changes(&self) -> &str {
        &self.leases[2]
    }

    pub(crate) fn session(&self, shard: ShardId) -> String {
        format!(
            "{}session:{}:{}",
            self.prefix,
            shard.total(),
            shard.number()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_keys_have_one_hash_tag() {
        let keys = Keys::new("my-bot");
        let session = keys.session(ShardId::new(3, 16));
        assert_eq!(session, "{gloaming:my-bot}:session:16:3");
        assert_eq!(keys.changes(), "{gloaming:my-bot}:changes");
        for key in keys
            .leases
            .iter()
            .chain([&keys.agreement, &keys.identifies])
        {
            assert!(key.starts_with("{gloaming:my-bot}:"), "{key}");
        }
    }
}
