//! What commands are handled with, and what they lead to.

use std::{sync::Arc, time::Instant};

use serde_json::Value;

use super::member_list_limits::MemberListLimits;
use crate::{
    finding::FindingKind,
    model::{client_payload::Snowflake, sessions::Session},
    rng::Rng,
    rule_table::GUILD_OF_OTHER_SHARD,
    settings::Settings,
    traffic::Event,
    world::{World, guild::Guild},
};

/// What a command is handled with.
pub(crate) struct CommandContext<'a> {
    pub(crate) now: Instant,
    pub(crate) settings: &'a Settings,
    pub(crate) world: &'a World,
    /// The session of the client that sent the command.
    pub(crate) session: &'a Session,
    pub(crate) member_lists: &'a mut MemberListLimits,
    /// Whether voice channels are full ([P39](gloaming_protocol::rules#p39)).
    pub(crate) voice_capacity: VoiceCapacity,
    pub(crate) rng: &'a mut Rng,
}

/// Whether there is space in voice channels.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum VoiceCapacity {
    Free,
    Full,
}

/// What a command leads to.
#[derive(Debug, Default)]
pub(crate) struct CommandOutcome {
    /// What was found in the command, in order.
    pub(crate) findings: Vec<FindingKind>,
    pub(crate) replies: Vec<CommandReply>,
}

/// What the gateway sends because of a command.
#[derive(Debug)]
pub(crate) enum CommandReply {
    /// A dispatch for the session that sent the command.
    Dispatch(&'static str, Arc<str>),
    /// An event for all sessions that it concerns.
    Event(Event),
}

impl<'a> CommandContext<'a> {
    /// A generated guild of the session's shard. Guilds of other shards are a violation
    /// ([P35](gloaming_protocol::rules#p35)), and unknown guilds are ignored.
    pub(super) fn guild(
        &self,
        Snowflake(id): Snowflake,
        outcome: &mut CommandOutcome,
    ) -> Option<&'a Guild> {
        self.world.index_of(id)?;
        if !self.session.is_routed(Some(id)) {
            outcome.findings.push(GUILD_OF_OTHER_SHARD);
            return None;
        }
        self.world.guild(id)
    }
}

impl CommandOutcome {
    /// Adds a dispatch for the session.
    pub(super) fn dispatch(&mut self, name: &'static str, data: &Value) {
        let data = data.to_string().into();
        self.replies.push(CommandReply::Dispatch(name, data));
    }
}
