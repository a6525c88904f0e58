//! The caller's side of requests: they are checked and queued for the shard.

use super::{
    handles::{ChannelInfoRequest, MemberRequest, SoundboardRequest},
    invalid::{self, InvalidRequestErrorKind},
    reply_channel::{Dropped, reply_channel},
    reply_sink::ReplySink,
};
use crate::{
    error::{SendError, SendErrorKind},
    inbox::{InboxSender, inbox},
};
use gloaming_machine::requests::{RequestPayload, RequestPolicy};
use gloaming_protocol::{
    ChannelInfoField, EncodeError, Intents, RequestChannelInfo, RequestSoundboardSounds,
    limits::{MAX_COMMAND_BYTES, MAX_GUILDS_PER_SHARD, MAX_NONCE_BYTES},
};
use std::collections::BTreeSet;
use twilight_model::{
    gateway::payload::outgoing::{
        RequestGuildMembers, request_guild_members::RequestGuildMemberId,
    },
    id::{Id, marker::GuildMarker},
};

/// Sends requests to a shard. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct RequestClient {
    pub(super) requests: InboxSender<NewRequest>,
    pub(super) intents: Intents,
    pub(super) policy: RequestPolicy,
    pub(super) dropped: Dropped,
}

/// A request on its way to the shard.
#[derive(Debug)]
pub(super) struct NewRequest {
    pub(super) payloads: Vec<RequestPayload>,
    pub(super) sink: ReplySink,
}

impl RequestClient {
    /// A client of a shard that does not exist.
    pub(crate) fn closed() -> Self {
        Self {
            requests: inbox(1).0,
            intents: Intents::all(),
            policy: RequestPolicy::default(),
            dropped: Dropped::default(),
        }
    }

    pub(crate) fn members(&self, request: RequestGuildMembers) -> Result<MemberRequest, SendError> {
        let mut request = request.d;
        invalid::check(&request, self.intents)?;
        // Equivalent requests are written alike, so that they join.
        request.presences = request.presences.filter(|wanted| *wanted);
        request.user_ids = request.user_ids.map(|users| match users {
            RequestGuildMemberId::One(user) => RequestGuildMemberId::Multiple(vec![user]),
            many @ RequestGuildMemberId::Multiple(_) => many,
        });
        request.limit = request.query.is_some().then(|| request.limit.unwrap_or(0));
        // An empty nonce identifies nothing.
        request.nonce = request.nonce.filter(|nonce| !nonce.is_empty());

        let mut longest = request.clone();
        longest
            .nonce
            .get_or_insert_with(|| "n".repeat(MAX_NONCE_BYTES));
        RequestPayload::Members(longest)
            .encode()
            .map_err(invalid_command)?;

        let (sender, receiver) = reply_channel(self.policy.buffered_chunks, self.dropped.clone());
        self.queue(
            vec![RequestPayload::Members(request)],
            ReplySink::Members(sender),
        )?;
        Ok(MemberRequest::new(receiver))
    }

    pub(crate) fn soundboard_sounds(
        &self,
        guilds: impl IntoIterator<Item = Id<GuildMarker>>,
    ) -> Result<SoundboardRequest, SendError> {
        let guilds: BTreeSet<_> = guilds.into_iter().collect();
        if guilds.len() > MAX_GUILDS_PER_SHARD as usize {
            let guilds = guilds.len();
            return Err(InvalidRequestErrorKind::TooManyGuilds { guilds }.into_send_error());
        }
        let mut parts: Vec<Vec<_>> = vec![Vec::new()];
        let mut room = ROOM_FOR_GUILDS;
        for guild in &guilds {
            let bytes = guild.to_string().len() + r#""","#.len();
            if bytes > room {
                parts.push(Vec::new());
                room = ROOM_FOR_GUILDS;
            }
            room -= bytes;
            if let Some(part) = parts.last_mut() {
                part.push(*guild);
            }
        }
        let payloads = parts
            .into_iter()
            .map(|part| RequestSoundboardSounds::new(part).map(RequestPayload::Sounds))
            .collect::<Result<_, _>>()
            .map_err(invalid_command)?;
        // Each guild has one reply.
        let (sender, receiver) = reply_channel(guilds.len(), self.dropped.clone());
        self.queue(payloads, ReplySink::Guilds(sender))?;
        Ok(SoundboardRequest::new(receiver))
    }

    pub(crate) fn channel_info(
        &self,
        guild: Id<GuildMarker>,
        fields: impl IntoIterator<Item = ChannelInfoField>,
    ) -> Result<ChannelInfoRequest, SendError> {
        let request = RequestChannelInfo::new(guild, fields).map_err(invalid_command)?;
        let (sender, receiver) = reply_channel(1, self.dropped.clone());
        self.queue(
            vec![RequestPayload::ChannelInfo(request)],
            ReplySink::Guilds(sender),
        )?;
        Ok(ChannelInfoRequest::new(receiver))
    }

    fn queue(&self, payloads: Vec<RequestPayload>, sink: ReplySink) -> Result<(), SendError> {
        self.requests
            .send(NewRequest { payloads, sink })
            .map_err(SendError::refused)
    }
}

/// Bytes of a payload without guilds: `{"op":31,"d":{"guild_ids":[]}}`.
const ROOM_FOR_GUILDS: usize = MAX_COMMAND_BYTES - r#"{"op":31,"d":{"guild_ids":[]}}"#.len();

fn invalid_command(error: EncodeError) -> SendError {
    SendError::caused_by(SendErrorKind::Invalid, error)
}
