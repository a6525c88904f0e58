//! The kinds of bots whose traffic is sent.

use gloaming::Intents;
use gloaming_emulator::EmulatorBuilder;

use super::guilds::Sizes;

/// A kind of bot.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Mix {
    /// All intents: two in five events are presences.
    LargeBot,
    /// The same bot without the intent for presences.
    NoPresences,
    /// Three guilds of twenty members, and the intents that need no permission.
    SmallBot,
    /// What a bot receives when it starts: guilds of 10 KiB to 1 MiB.
    Startup,
    /// Guilds of 1 MiB.
    LargeGuilds,
}

impl Mix {
    const ALL: [Self; 5] = [
        Self::LargeBot,
        Self::NoPresences,
        Self::SmallBot,
        Self::Startup,
        Self::LargeGuilds,
    ];

    pub(crate) fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mix| mix.name() == name)
    }

    const fn name(self) -> &'static str {
        match self {
            Self::LargeBot => "large-bot",
            Self::NoPresences => "no-presences",
            Self::SmallBot => "small-bot",
            Self::Startup => "startup",
            Self::LargeGuilds => "large-guilds",
        }
    }

    /// The intents of the bot, which the emulator selects the events by.
    pub(crate) fn intents(self) -> Intents {
        match self {
            Self::LargeBot | Self::Startup | Self::LargeGuilds => Intents::all(),
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
            _ => true,
        }
    }

    /// The sizes of the guilds, if nothing else is sent.
    pub(crate) const fn guild_sizes(self) -> Option<Sizes> {
        match self {
            Self::LargeBot | Self::NoPresences | Self::SmallBot => None,
            Self::Startup => Some(Sizes::UpToOneMib),
            Self::LargeGuilds => Some(Sizes::OneMib),
        }
    }

    /// Sets the guilds of the bot.
    pub(crate) fn guilds(self, emulator: EmulatorBuilder) -> EmulatorBuilder {
        match self {
            Self::LargeBot | Self::NoPresences => emulator,
            // Only the members are used, so there are many.
            Self::Startup | Self::LargeGuilds => emulator.guilds(8).members(1_000),
            Self::SmallBot => emulator.guilds(3).members(20),
        }
    }
}
