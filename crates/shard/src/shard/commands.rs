//! What a shard sends: commands, requests, and the signals to close or reconnect.

use super::Shard;
use crate::{
    ChannelInfoRequest, MemberRequest, MessageSender, SoundboardRequest, error::SendError,
};
use gloaming_protocol::{ChannelInfoField, CloseFrame, Command};
use twilight_model::{
    gateway::payload::outgoing::RequestGuildMembers,
    id::{Id, marker::GuildMarker},
};

impl Shard {
    /// Queues a command, which is sent while the shard is polled.
    ///
    /// A command that can't be queued is dropped with a warning in the log. To get that error, use
    /// [`MessageSender::command`]; to get the outcome, [`MessageSender::submit_command`].
    pub fn command(&self, command: &impl Command) {
        if let Err(error) = self.sender_ref().command(command) {
            tracing::warn!(shard = self.id.number(), %error, "dropped a command that can't be queued");
        }
    }

    /// Queues a payload, a JSON object with `op` and `d`, like [`command`](Self::command).
    pub fn send(&self, json: String) {
        if let Err(error) = self.sender_ref().send(json) {
            tracing::warn!(shard = self.id.number(), %error, "dropped a payload that can't be queued");
        }
    }

    /// Requests members of a guild; see [`MessageSender::request_members`].
    ///
    /// The chunks arrive while the shard is polled: receive events and chunks concurrently, with `select!` or
    /// in another task.
    ///
    /// ```no_run
    /// use gloaming_shard::{EventTypeFlags, Shard, StreamExt as _};
    /// use twilight_model::{gateway::payload::outgoing::RequestGuildMembers, id::Id};
    ///
    /// # async fn example(mut shard: Shard) -> Result<(), Box<dyn std::error::Error>> {
    /// let request = RequestGuildMembers::builder(Id::new(1)).query("nell", Some(10));
    /// let request = shard.request_members(request)?;
    /// let mut answer = tokio::spawn(request.into_list());
    /// loop {
    ///     tokio::select! {
    ///         list = &mut answer => break println!("{:?}", list??.members),
    ///         event = shard.next_event(EventTypeFlags::MESSAGE_CREATE) => println!("{event:?}"),
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Returns the errors of [`MessageSender::request_members`].
    pub fn request_members(
        &self,
        request: RequestGuildMembers,
    ) -> Result<MemberRequest, SendError> {
        self.sender_ref().request_members(request)
    }

    /// Requests the soundboard sounds of guilds; see [`MessageSender::request_soundboard_sounds`].
    ///
    /// The answers arrive while the shard is polled.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`MessageSender::request_soundboard_sounds`].
    pub fn request_soundboard_sounds(
        &self,
        guild_ids: impl IntoIterator<Item = Id<GuildMarker>>,
    ) -> Result<SoundboardRequest, SendError> {
        self.sender_ref().request_soundboard_sounds(guild_ids)
    }

    /// Requests fields of a guild's channels; see [`MessageSender::request_channel_info`].
    ///
    /// The answer arrives while the shard is polled.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`MessageSender::request_channel_info`].
    pub fn request_channel_info(
        &self,
        guild_id: Id<GuildMarker>,
        fields: impl IntoIterator<Item = ChannelInfoField>,
    ) -> Result<ChannelInfoRequest, SendError> {
        self.sender_ref().request_channel_info(guild_id, fields)
    }

    /// Closes the shard permanently: **its stream ends**, for every frame. To close only the connection and
    /// resume on another, use [`reconnect`](Self::reconnect).
    ///
    /// A frame with code 1000 or 1001, such as [`CloseFrame::NORMAL`], ends the session and shows the bot as
    /// offline. Every other code, such as that of [`CloseFrame::RESUME`], keeps the session for some minutes
    /// ([P19](gloaming_protocol::rules#p19)). Without an open connection, no frame is sent, and the session
    /// lasts until it times out.
    ///
    /// Poll the shard until its stream ends: events that the server has sent still arrive. Afterwards,
    /// [`session`](Self::session) returns the session to resume.
    pub fn close(&self, frame: CloseFrame<'static>) {
        // The shard is closed already.
        _ = self.sender_ref().close(frame);
    }

    /// Closes the connection and resumes on another. Has no effect without an open connection, since the
    /// shard is connecting already.
    pub fn reconnect(&self) {
        // A closed shard has no connection.
        _ = self.sender_ref().reconnect();
    }

    /// Returns a handle that sends commands from other tasks.
    #[must_use]
    pub fn sender(&self) -> MessageSender {
        self.sender_ref().clone()
    }
}
