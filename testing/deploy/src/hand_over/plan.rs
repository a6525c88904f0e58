//! Which processes are killed, and when.

use gloaming_test_support::Random;
use std::{
    fmt::{self, Display, Formatter},
    time::Duration,
};

/// A process that is killed with SIGKILL during a hand-over.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Kill {
    pub(crate) victim: Victim,
    pub(crate) moment: Moment,
    /// The time from the moment to the kill.
    pub(crate) delay: Duration,
    /// Selects one of several processes and shards.
    pub(crate) choice: usize,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Victim {
    Successor,
    Predecessor,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Moment {
    /// A successor has asked; a predecessor has prepared a shard.
    Transfer,
    /// The shards are released to a successor.
    Released,
    /// They run in it.
    Running,
    /// The successor tells the predecessor that they do.
    Confirming,
}

impl Kill {
    /// Whether this process is to be killed at this moment.
    pub(crate) fn is_at(&self, victim: Victim, moment: Moment) -> bool {
        self.victim == victim && self.moment == moment
    }
}

impl Display for Kill {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self { victim, moment, .. } = self;
        write!(f, "kill of a {victim:?} at {moment:?}")
    }
}

/// Returns the kill of each round, in `kills` of them. Each kind of kill occurs, if there are enough.
pub(crate) fn kills(random: &mut Random, rounds: usize, kills: usize) -> Vec<Option<Kill>> {
    let mut kinds = Vec::new();
    for victim in [Victim::Successor, Victim::Predecessor] {
        for moment in [
            Moment::Transfer,
            Moment::Released,
            Moment::Running,
            Moment::Confirming,
        ] {
            kinds.push((victim, moment));
        }
    }
    random.shuffle(&mut kinds);
    let kinds = kinds.into_iter().cycle().take(kills.min(rounds));
    let mut plan: Vec<Option<Kill>> = kinds
        .map(|(victim, moment)| {
            let most = match moment {
                Moment::Transfer | Moment::Confirming => 15,
                Moment::Released | Moment::Running => 8,
            };
            Some(Kill {
                victim,
                moment,
                delay: Duration::from_micros(random.below(most * 1_000)),
                choice: random.below(1_000),
            })
        })
        .collect();
    plan.resize(rounds, None);
    random.shuffle(&mut plan);
    plan
}

#[cfg(test)]
mod tests {
    use super::{Victim, kills};
    use gloaming_test_support::Random;

    #[test]
    fn each_kind_of_kill_occurs() {
        let plan = kills(&mut Random::new(3), 12, 8);
        assert_eq!(plan.len(), 12);
        let kills: Vec<_> = plan.iter().flatten().collect();
        assert_eq!(kills.len(), 8);
        let of_successors = kills.iter().filter(|kill| kill.victim == Victim::Successor);
        assert_eq!(of_successors.count(), 4);
        for kill in &kills {
            let same = kills.iter().filter(|it| it.is_at(kill.victim, kill.moment));
            assert_eq!(same.count(), 1);
        }
        assert_eq!(plan, super::kills(&mut Random::new(3), 12, 8));
    }
}
