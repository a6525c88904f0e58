//! A guild, its channels, roles and members.

use super::{
    calendar::Moment,
    stream,
    user::{Member, User},
};
use crate::rng::Rng;

/// A guild: everything about it is derived from these few numbers.
#[derive(Clone, Debug)]
pub(crate) struct Guild {
    pub(crate) index: u64,
    pub(crate) id: u64,
    pub(crate) members: u64,
    text_channels: u64,
    voice_channels: u64,
    roles: u64,
}

impl Guild {
    pub(super) fn new(index: u64, id: u64, members: u64) -> Self {
        let mut rng = Rng::new(id);
        Self {
            index,
            id,
            members: members.max(1),
            text_channels: 5 + rng.below(20),
            voice_channels: 2 + rng.below(5),
            roles: 6 + rng.below(16),
        }
    }

    /// When it was made.
    pub(crate) const fn made(&self) -> Moment {
        Moment::of_id(self.id)
    }

    /// How many roles it has, `@everyone` included.
    pub(crate) const fn role_count(&self) -> u64 {
        self.roles
    }

    /// Id of a role; role 0 is `@everyone`, which bears the guild's id.
    pub(crate) const fn role(&self, at: u64) -> u64 {
        if at == 0 { self.id } else { self.part(1, at) }
    }

    /// How many text channels it has.
    pub(crate) const fn text_channel_count(&self) -> u64 {
        self.text_channels
    }

    /// Id of a text channel.
    pub(crate) const fn text_channel(&self, at: u64) -> u64 {
        self.part(2, at)
    }

    /// Whether it has a text channel with that id.
    pub(crate) fn has_text_channel(&self, id: u64) -> bool {
        (0..self.text_channels).any(|at| self.text_channel(at) == id)
    }

    /// How many voice channels it has.
    pub(crate) const fn voice_channel_count(&self) -> u64 {
        self.voice_channels
    }

    /// Id of a voice channel.
    pub(crate) const fn voice_channel(&self, at: u64) -> u64 {
        self.part(3, at)
    }

    /// Whether it has a voice channel with that id.
    pub(crate) fn has_voice_channel(&self, id: u64) -> bool {
        (0..self.voice_channels).any(|at| self.voice_channel(at) == id)
    }

    /// Id of the category that its channels are in.
    pub(super) const fn category(&self) -> u64 {
        self.part(4, 0)
    }

    /// Id of an emoji.
    pub(crate) const fn emoji(&self, at: u64) -> u64 {
        self.part(5, at)
    }

    /// A member; the first is the owner. The same number always gives the same person.
    pub(crate) fn member(&self, seed: u64, at: u64) -> Member {
        let mut rng = Rng::derived(seed, &[stream::MEMBER, self.index, at]);
        let age = rng.below(200_000_000_000);
        // Accounts are older than the guild, by up to what the calendar allows.
        let made = Moment::from_discord_ms((self.id >> 22).saturating_sub(age).max(1_000_000_000));
        let user = User::drawn(&mut rng, made);
        Member::drawn(&mut rng, user, self)
    }

    /// Any of the members.
    pub(crate) fn any_member(&self, seed: u64, rng: &mut Rng) -> Member {
        self.member(seed, rng.below(self.members))
    }

    /// Any of the text channels.
    pub(crate) fn any_text_channel(&self, rng: &mut Rng) -> u64 {
        self.text_channel(rng.below(self.text_channels))
    }

    /// Any of the voice channels.
    pub(crate) fn any_voice_channel(&self, rng: &mut Rng) -> u64 {
        self.voice_channel(rng.below(self.voice_channels))
    }

    /// Id of a thing that was made with the guild: its kind and number are kept in the low bits, which a guild's
    /// neighbors can't have at the same millisecond.
    const fn part(&self, kind: u64, at: u64) -> u64 {
        self.made()
            .plus_ms(at)
            .snowflake((kind << 16) | (at & 0xffff))
    }
}
