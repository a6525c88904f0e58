//! A generated guild: its channels, roles and emojis.

use super::{calendar::Moment, places::channel_type};
use crate::rng::Rng;

/// The most private channels of a guild. A category can have 50 channels.
const MAX_PRIVATE_CHANNELS: u64 = 50;

/// A generated guild. Everything about it is derived from these numbers.
#[derive(Clone, Debug)]
pub(crate) struct Guild {
    pub(crate) index: u64,
    pub(crate) id: u64,
    pub(crate) members: u64,
    text_channels: u64,
    voice_channels: u64,
    private_channels: u64,
    roles: u64,
}

impl Guild {
    pub(super) fn new(index: u64, id: u64, members: u64, private_channels: u64) -> Self {
        let mut rng = Rng::new(id);
        Self {
            index,
            id,
            members: members.max(1),
            text_channels: 5 + rng.below(20),
            voice_channels: 2 + rng.below(5),
            private_channels: private_channels.min(MAX_PRIVATE_CHANNELS),
            roles: 6 + rng.below(16),
        }
    }

    /// When the guild was created.
    pub(crate) const fn created_at(&self) -> Moment {
        Moment::of_id(self.id)
    }

    /// The number of roles, including `@everyone`.
    pub(crate) const fn role_count(&self) -> u64 {
        self.roles
    }

    /// The id of a role. Role 0 is `@everyone`, whose id is that of the guild.
    pub(crate) const fn role(&self, at: u64) -> u64 {
        if at == 0 {
            self.id
        } else {
            self.part_id(1, at)
        }
    }

    /// The number of text channels.
    pub(crate) const fn text_channel_count(&self) -> u64 {
        self.text_channels
    }

    /// The id of a text channel.
    pub(crate) const fn text_channel(&self, at: u64) -> u64 {
        self.part_id(2, at)
    }

    /// Whether the guild has a text channel with this id, which may be private.
    pub(crate) fn has_text_channel(&self, id: u64) -> bool {
        (0..self.text_channels).any(|at| self.text_channel(at) == id)
            || (0..self.private_channels).any(|at| self.private_channel(at) == id)
    }

    /// The number of voice channels.
    pub(crate) const fn voice_channel_count(&self) -> u64 {
        self.voice_channels
    }

    /// The id of a voice channel.
    pub(crate) const fn voice_channel(&self, at: u64) -> u64 {
        self.part_id(3, at)
    }

    /// Whether the guild has a voice channel with this id.
    pub(crate) fn has_voice_channel(&self, id: u64) -> bool {
        (0..self.voice_channels).any(|at| self.voice_channel(at) == id)
    }

    /// The id of the category of all channels that are not private.
    pub(super) const fn category(&self) -> u64 {
        self.part_id(4, 0)
    }

    /// The number of text channels that only members with [`private_role`](Self::private_role) can view.
    pub(crate) const fn private_channel_count(&self) -> u64 {
        self.private_channels
    }

    /// The id of a private channel.
    pub(super) const fn private_channel(&self, at: u64) -> u64 {
        self.part_id(6, at)
    }

    /// The id of the category of the private channels.
    pub(super) const fn private_category(&self) -> u64 {
        self.part_id(4, 1)
    }

    /// The id of the role whose members can view the private channels.
    pub(super) const fn private_role(&self) -> u64 {
        self.role(1)
    }

    /// The ids of the private channels and of their category.
    pub(super) fn private_ids(&self) -> impl Iterator<Item = u64> {
        let category = (self.private_channels > 0).then(|| self.private_category());
        category
            .into_iter()
            .chain((0..self.private_channels).map(|at| self.private_channel(at)))
    }

    /// Whether this is a private channel or their category.
    pub(super) fn is_private(&self, id: u64) -> bool {
        self.private_ids().any(|private| private == id)
    }

    /// The type of the channel or category with this id that the guild was generated with.
    pub(super) fn generated_channel_type(&self, id: u64) -> Option<u64> {
        if self.has_text_channel(id) {
            Some(channel_type::TEXT)
        } else if self.has_voice_channel(id) {
            Some(channel_type::VOICE)
        } else if self.category() == id || self.is_private(id) {
            Some(channel_type::CATEGORY)
        } else {
            None
        }
    }

    /// The id of an emoji.
    pub(crate) const fn emoji(&self, at: u64) -> u64 {
        self.part_id(5, at)
    }

    /// The id of a random text channel.
    pub(crate) fn any_text_channel(&self, rng: &mut Rng) -> u64 {
        self.text_channel(rng.below(self.text_channels))
    }

    /// The id of a random voice channel.
    pub(crate) fn any_voice_channel(&self, rng: &mut Rng) -> u64 {
        self.voice_channel(rng.below(self.voice_channels))
    }

    /// The id of a part of the guild. The low bits of the id hold the kind and the number of the part, so that ids are
    /// unique within the guild.
    const fn part_id(&self, kind: u64, at: u64) -> u64 {
        self.created_at()
            .plus_ms(at)
            .snowflake((kind << 16) | (at & 0xffff))
    }
}
