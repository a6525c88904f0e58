//! Every attack, by family.

mod close;
mod compression;
mod frames;
mod handshake;
mod hello;
mod json;
mod ready;

use crate::{Attack, Case, Family, Reached, Reaction, Then};

/// Returns all cases.
#[must_use]
pub fn cases() -> Vec<Case> {
    [
        handshake::cases(),
        frames::cases(),
        hello::cases(),
        ready::cases(),
        json::cases(),
        compression::cases(),
        close::cases(),
    ]
    .concat()
}

/// A case in which the server waits for the shard after the attack.
const fn case(
    family: Family,
    reached: Reached,
    name: &'static str,
    attack: Attack,
    reaction: Reaction,
) -> Case {
    Case {
        family,
        name,
        reached,
        attack,
        then: Then::Wait,
        reaction,
    }
}

impl Case {
    const fn then(mut self, then: Then) -> Self {
        self.then = then;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::cases;
    use std::collections::BTreeSet;

    #[test]
    fn names_are_unique() {
        let cases = cases();
        let names: BTreeSet<String> = cases.iter().map(ToString::to_string).collect();
        assert_eq!(names.len(), cases.len());
    }
}
