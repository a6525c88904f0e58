//! Which bot shards belong to, without its token.

use crate::StoreOwner;
use gloaming_protocol::Token;

/// A [`StoreOwner`] as it stands in a frame.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Owner {
    pub(super) kind: u8,
    pub(super) number: u64,
}

impl Owner {
    pub(super) fn of(token: &str) -> Self {
        let (kind, number) = StoreOwner::of(&Token::new(token)).to_parts();
        Self { kind, number }
    }
}

#[cfg(test)]
mod tests {
    use super::Owner;

    #[test]
    fn tokens_of_one_bot_have_one_owner() {
        let old = Owner::of("MzgxODcwNTUzMjM1MTkzODU3.old.secret");
        assert_eq!(old, Owner::of("Bot MzgxODcwNTUzMjM1MTkzODU3.new.secret"));
        assert_ne!(old, Owner::of("MTI.old.secret"));
        assert_ne!(Owner::of("one"), Owner::of("two"));
    }
}
