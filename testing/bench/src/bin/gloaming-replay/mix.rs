//! The kinds of bots whose traffic is sent.

use gloaming::Intents;
use gloaming_emulator::EmulatorBuilder;

/// A kind of bot.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Mix {
    /// All intents: two in five events are presences.
    LargeBot,
    /// The same bot without the intent for presences.
    NoPresences,
    /// Three guilds of twenty members, and the intents that need no permission.
    SmallBot,
}

impl Mix {
    const ALL: [Self; 3] = [Self::LargeBot, Self::NoPresences, Self::SmallBot];

    pub(crate) fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mix| mix.name() == name)
    }

    const fn name(self) -> &'static str {
        match self {
            Self::LargeBot => "large-bot",
            Self::NoPresences => "no-presences",
            Self::SmallBot => "small-bot",
        }
    }

    /// The intents of the bot, which the emulator selects the events by.
    pub(crate) fn intents(self) -> Intents {
        match self {
            Self::LargeBot => Intents::all(),
            Self::NoPresences => Intents::all() - Intents::GUILD_PRESENCES,
            Self::SmallBot => {
                Intents::all()
                    - Intents::GUILD_PRESENCES
                    - Intents::GUILD_MEMBERS
                    - Intents::MESSAGE_CONTENT
            }
        }
    }

    /// Whether the `nth` event that is no presence is sent. The emulator's guilds are less busy with presences than those of
    /// a large bot.
    pub(crate) const fn keeps(self, nth: usize) -> bool {
        match self {
            Self::LargeBot => nth % 8 < 5,
            Self::NoPresences | Self::SmallBot => true,
        }
    }

    /// Sets the guilds of the bot.
    pub(crate) fn guilds(self, emulator: EmulatorBuilder) -> EmulatorBuilder {
        match self {
            Self::LargeBot | Self::NoPresences => emulator,
            Self::SmallBot => emulator.guilds(3).members(20),
        }
    }
}
