//! Faults and scenarios.

use std::time::Duration;

use super::{action::Action, trigger::Trigger};

/// An [`Action`] and what triggers it.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Fault {
    /// What triggers it.
    pub trigger: Trigger,
    /// The probability that the action is taken when it is triggered, 0 to 1.
    pub probability: f64,
    /// The time from the trigger to the action.
    pub delay: Duration,
    /// The number of the shard that it applies to; `None` for all.
    pub shard: Option<u32>,
    /// What the gateway does.
    pub action: Action,
}

impl Fault {
    /// A fault for every shard, with probability 1 and without delay.
    #[must_use]
    pub const fn new(trigger: Trigger, action: Action) -> Self {
        Self {
            trigger,
            probability: 1.0,
            delay: Duration::ZERO,
            shard: None,
            action,
        }
    }

    /// Restricts it to the shard with this number.
    #[must_use]
    pub const fn for_shard(mut self, shard: u32) -> Self {
        self.shard = Some(shard);
        self
    }

    /// Delays the action.
    #[must_use]
    pub const fn with_delay(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// Sets the probability, 0 to 1.
    #[must_use]
    pub const fn with_probability(mut self, probability: f64) -> Self {
        self.probability = probability;
        self
    }
}

/// A named list of faults.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Scenario {
    /// The scenario's name.
    pub name: String,
    /// What it does, in one sentence.
    pub description: String,
    /// Its faults.
    pub faults: Vec<Fault>,
}

impl Scenario {
    /// A scenario with these faults and no description.
    #[must_use]
    pub fn new(name: impl Into<String>, faults: impl IntoIterator<Item = Fault>) -> Self {
        Self {
            name: name.into(),
            description: String::new(),
            faults: faults.into_iter().collect(),
        }
    }
}
