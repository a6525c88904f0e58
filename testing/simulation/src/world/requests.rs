//! Requests of the users ([P24](gloaming_protocol::rules#p24), [P25](gloaming_protocol::rules#p25),
//! [P26](gloaming_protocol::rules#p26)).

use super::{World, phases::Phase};
use crate::{
    check::ExpectedReply, coverage::InputKind, event_queue::Event, shard::ProcessState,
    state::State,
};
use gloaming_machine::{
    Input,
    requests::{RequestId, RequestPayload},
};
use gloaming_protocol::{ChannelInfoField, Payload, RequestChannelInfo, RequestSoundboardSounds};
use twilight_model::{
    gateway::payload::outgoing::RequestGuildMembers,
    id::{Id, marker::GuildMarker},
};

impl World<'_> {
    pub(super) fn plan_request(&mut self, shard: usize) {
        let gap = self.request_random.millis(1_000, 120_000);
        let at = self.clock.elapsed() + gap;
        self.event_queue.add(at, Event::Request { shard });
    }

    pub(super) fn create_request(&mut self, shard: usize) {
        if !matches!(
            self.phase,
            Phase::Faults | Phase::Recovery | Phase::Stable { .. }
        ) {
            return;
        }
        self.plan_request(shard);
        let now = self.clock.elapsed();
        let this = &mut self.shards[shard];
        if this.process == ProcessState::Stopped
            || this.suspended_until > now
            || this.state == State::Idle
        {
            return;
        }
        let Some(guild) = this.guild.and_then(Id::new_checked) else {
            return;
        };
        let (expected, payload) = request(guild, self.request_random.below(4));
        let id = this.requests.open(expected);
        if self.request_random.once_in(4) {
            let at = now + self.request_random.millis(0, 20_000);
            let request = id.0;
            self.event_queue
                .add(at, Event::DropRequest { shard, request });
        }
        let payloads = vec![payload];
        let input = Input::Request { id, payloads };
        self.feed(shard, InputKind::Request, input, None);
    }

    pub(super) fn drop_request(&mut self, shard: usize, request: u64) {
        let id = RequestId(request);
        let now = self.clock.elapsed();
        let this = &mut self.shards[shard];
        if this.process == ProcessState::Stopped
            || this.suspended_until > now
            || !this.requests.drop_request(id)
        {
            return;
        }
        let input = Input::ForgetRequest(id);
        self.feed(shard, InputKind::DropRequest, input, None);
    }

    /// Stores the id of a guild of a new session.
    pub(super) fn store_guild(&mut self, shard: usize, ready: &Payload<'_>) {
        let data: serde_json::Value = serde_json::from_str(ready.data()).unwrap_or_default();
        let guild = data["guilds"][0]["id"].as_str();
        self.shards[shard].guild = guild.and_then(|id| id.parse().ok());
    }
}

fn request(guild: Id<GuildMarker>, choice: u64) -> (ExpectedReply, RequestPayload) {
    let members = RequestGuildMembers::builder(guild);
    match choice {
        0 => (
            ExpectedReply::Members,
            RequestPayload::Members(members.query("", None).d),
        ),
        1 => (
            ExpectedReply::Members,
            RequestPayload::Members(members.query("a", Some(10)).d),
        ),
        2 => {
            let request = RequestSoundboardSounds::new([guild]).expect("the list has a guild");
            (ExpectedReply::Guild, RequestPayload::Sounds(request))
        }
        _ => {
            let request = RequestChannelInfo::new(guild, [ChannelInfoField::Status])
                .expect("the list has a field");
            (ExpectedReply::Guild, RequestPayload::ChannelInfo(request))
        }
    }
}
