//! Whose sessions are stored.

use gloaming_protocol::Token;
use gloaming_queue::files::application_id;
use std::fmt::{self, Display, Formatter};

/// The bot whose sessions a store keeps, without its token.
///
/// It is the id that the first part of the token contains. A token of another form, such as one of a test, is told apart
/// by a hash of 64 bits, from which it can't be restored. A new token of the same bot is the same owner.
///
/// ```
/// use gloaming_cluster::StoreOwner;
/// use gloaming_protocol::Token;
///
/// let owner = StoreOwner::of(&Token::new("MzgxODcwNTUzMjM1MTkzODU3.secret.secret"));
/// assert_eq!(owner.to_string(), "381870553235193857");
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct StoreOwner(Identity);

#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
enum Identity {
    Application(u64),
    TokenHash(u64),
}

impl StoreOwner {
    /// Returns the bot with this token.
    #[must_use]
    pub fn of(token: &Token) -> Self {
        let token = token.expose();
        let id = application_id(token).and_then(|id| id.parse().ok());
        Self(id.map_or_else(
            || Identity::TokenHash(hash(token.as_bytes())),
            Identity::Application,
        ))
    }

    /// Returns what stands in a file, and in a hand-over, for this owner.
    pub(crate) const fn to_parts(self) -> (u8, u64) {
        match self.0 {
            Identity::Application(id) => (0, id),
            Identity::TokenHash(hash) => (1, hash),
        }
    }
}

/// The id of the application, or `token-` and the hash. It is a name that a file or a key may have.
impl Display for StoreOwner {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.0 {
            Identity::Application(id) => write!(f, "{id}"),
            Identity::TokenHash(hash) => write!(f, "token-{hash:016x}"),
        }
    }
}

/// FNV-1a, and the last step of MurmurHash3, which spreads it. It is stored, so it must never change. A token has more
/// than 64 bits that can't be guessed, so that the hash belongs to many of them.
fn hash(bytes: &[u8]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in bytes {
        hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    }
    hash = (hash ^ (hash >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    hash = (hash ^ (hash >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    hash ^ (hash >> 33)
}

#[cfg(test)]
mod tests {
    use super::StoreOwner;
    use gloaming_protocol::Token;

    fn owner(token: &str) -> StoreOwner {
        StoreOwner::of(&Token::new(token))
    }

    #[test]
    fn tokens_of_one_bot_have_one_owner() {
        let old = owner("MzgxODcwNTUzMjM1MTkzODU3.old.secret");
        assert_eq!(old, owner("Bot MzgxODcwNTUzMjM1MTkzODU3.new.secret"));
        assert_eq!(old.to_string(), "381870553235193857");
        assert_ne!(old, owner("MTI.old.secret"));
    }

    #[test]
    fn other_tokens_are_told_apart_by_a_hash_that_never_changes() {
        let one = owner("gloaming.emulator.token");
        assert_eq!(one.to_string(), "token-0ad53379b62763d5");
        assert_ne!(one, owner("gloaming.emulator.tokem"));
        assert_ne!(owner(""), one);
        assert!(!format!("{one:?}").contains("emulator"));
    }

    #[test]
    fn hash_is_no_id() {
        let hashed = owner("no id");
        let (_, hash) = hashed.to_parts();
        assert_ne!(hashed.to_parts(), (0, hash));
    }
}
