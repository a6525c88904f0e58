//! The handles of open requests.

use super::{error::RequestError, reply_channel::ReplyReceiver};
use futures_core::Stream;
use gloaming_machine::requests::{RequestErrorKind, RequestState};
use gloaming_protocol::OwnedPayload;
use serde::Deserialize;
use std::{
    fmt::{self, Debug, Formatter},
    future::poll_fn,
    pin::Pin,
    task::{Context, Poll},
};
use twilight_model::{
    gateway::{payload::incoming::MemberChunk, presence::Presence},
    guild::Member,
    id::{
        Id,
        marker::{GuildMarker, UserMarker},
    },
};

/// The members of a guild as a stream of chunks.
///
/// Returned by [`MessageSender::request_members`](crate::MessageSender::request_members). The chunks arrive in the order
/// of the gateway, each once. The stream ends after the last chunk, or after an error that says why there are no more.
/// Dropping the handle cancels the request.
///
/// Chunks arrive only while the shard is polled: in its own task ([`Shard::spawn`], a cluster), or by the code that takes
/// its events. Do not await the chunks in the code that takes the events, since the shard is not polled meanwhile.
///
/// ```no_run
/// use futures_util::StreamExt as _;
/// use gloaming_shard::MessageSender;
/// use twilight_model::{gateway::payload::outgoing::RequestGuildMembers, id::Id};
///
/// # async fn example(sender: MessageSender) -> Result<(), Box<dyn std::error::Error>> {
/// let request = RequestGuildMembers::builder(Id::new(1)).query("", None);
/// let mut chunks = sender.request_members(request)?;
/// while let Some(chunk) = chunks.next().await {
///     println!("{} members", chunk?.members.len());
/// }
/// # Ok(())
/// # }
/// ```
///
/// [`Shard::spawn`]: crate::Shard::spawn
#[must_use = "dropping the handle cancels the request"]
pub struct MemberRequest {
    receiver: ReplyReceiver<MemberChunk>,
}

/// All chunks of a [`MemberRequest`] together.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct MemberList {
    /// The members.
    pub members: Vec<Member>,
    /// The requested users that are not members.
    pub not_found: Vec<Id<UserMarker>>,
    /// The presences of members that are not offline, if requested.
    pub presences: Vec<Presence>,
}

impl MemberRequest {
    pub(super) const fn new(receiver: ReplyReceiver<MemberChunk>) -> Self {
        Self { receiver }
    }

    /// How far the request is.
    #[must_use]
    pub fn state(&self) -> RequestState {
        self.receiver.state()
    }

    /// Returns the next chunk, and `None` after the last one or after an error.
    ///
    /// # Errors
    ///
    /// The request ended before all replies arrived.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses nothing.
    pub async fn next_chunk(&mut self) -> Option<Result<MemberChunk, RequestError>> {
        poll_fn(|cx| self.receiver.poll_next(cx)).await
    }

    /// Collects all chunks that were not taken yet.
    ///
    /// # Errors
    ///
    /// The request ended before all replies arrived. The chunks that arrived are dropped.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future cancels the request.
    pub async fn into_list(mut self) -> Result<MemberList, RequestError> {
        let mut list = MemberList::default();
        while let Some(chunk) = self.next_chunk().await {
            let chunk = chunk?;
            list.members.extend(chunk.members);
            list.not_found.extend(chunk.not_found);
            list.presences.extend(chunk.presences);
        }
        Ok(list)
    }
}

impl Stream for MemberRequest {
    type Item = Result<MemberChunk, RequestError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.receiver.poll_next(cx)
    }
}

impl Debug for MemberRequest {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.receiver.show("MemberRequest", f)
    }
}

/// The reply of the gateway about one guild. Clones share its text.
#[derive(Clone, Debug)]
pub struct GuildAnswer {
    guild_id: Id<GuildMarker>,
    payload: OwnedPayload,
}

impl GuildAnswer {
    pub(super) fn of(payload: OwnedPayload) -> Option<Self> {
        Some(Self {
            guild_id: payload.guild_id()?,
            payload,
        })
    }

    /// The guild.
    #[must_use]
    pub const fn guild_id(&self) -> Id<GuildMarker> {
        self.guild_id
    }

    /// Parses the reply into a type of yours.
    ///
    /// # Errors
    ///
    /// The reply is not the JSON of a `T`.
    pub fn decode<'a, T: Deserialize<'a>>(&'a self) -> Result<T, serde_json::Error> {
        self.payload.decode()
    }

    /// The whole payload.
    #[must_use]
    pub const fn payload(&self) -> &OwnedPayload {
        &self.payload
    }

    /// The whole payload.
    #[must_use]
    pub fn into_payload(self) -> OwnedPayload {
        self.payload
    }
}

/// The soundboard sounds of guilds: a stream of one SOUNDBOARD_SOUNDS for each guild, in any order.
///
/// Returned by [`MessageSender::request_soundboard_sounds`](crate::MessageSender::request_soundboard_sounds). The stream
/// ends after an error. Dropping the handle cancels the request. As with a [`MemberRequest`], replies arrive only while
/// the shard is polled.
#[must_use = "dropping the handle cancels the request"]
pub struct SoundboardRequest {
    receiver: ReplyReceiver<GuildAnswer>,
}

impl SoundboardRequest {
    pub(super) const fn new(receiver: ReplyReceiver<GuildAnswer>) -> Self {
        Self { receiver }
    }

    /// How far the request is.
    #[must_use]
    pub fn state(&self) -> RequestState {
        self.receiver.state()
    }

    /// Returns the reply about the next guild, and `None` after the last one or after an error.
    ///
    /// # Errors
    ///
    /// The reply about a guild did not arrive.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses nothing.
    pub async fn next_answer(&mut self) -> Option<Result<GuildAnswer, RequestError>> {
        poll_fn(|cx| self.receiver.poll_next(cx)).await
    }
}

impl Stream for SoundboardRequest {
    type Item = Result<GuildAnswer, RequestError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.receiver.poll_next(cx)
    }
}

impl Debug for SoundboardRequest {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.receiver.show("SoundboardRequest", f)
    }
}

/// Fields of a guild's channels: a future of CHANNEL_INFO.
///
/// Returned by [`MessageSender::request_channel_info`](crate::MessageSender::request_channel_info). Dropping the handle
/// cancels the request. As with a [`MemberRequest`], the reply arrives only while the shard is polled.
#[must_use = "dropping the handle cancels the request"]
pub struct ChannelInfoRequest {
    receiver: ReplyReceiver<GuildAnswer>,
}

impl ChannelInfoRequest {
    pub(super) const fn new(receiver: ReplyReceiver<GuildAnswer>) -> Self {
        Self { receiver }
    }

    /// How far the request is.
    #[must_use]
    pub fn state(&self) -> RequestState {
        self.receiver.state()
    }
}

impl Future for ChannelInfoRequest {
    type Output = Result<GuildAnswer, RequestError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.receiver.poll_next(cx).map(|answer| {
            // Nothing is left for who asks again after the answer.
            answer.unwrap_or_else(|| Err(RequestError::new(RequestErrorKind::Closed)))
        })
    }
}

impl Debug for ChannelInfoRequest {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.receiver.show("ChannelInfoRequest", f)
    }
}
