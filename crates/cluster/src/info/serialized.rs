//! A snapshot as it is serialized.

use super::ShardInfo;
use gloaming_protocol::RedactedUrl;
use gloaming_shard::Session;
use serde::{Serialize, Serializer, ser::SerializeStruct as _};
use std::time::Duration;

impl Serialize for ShardInfo {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_struct("ShardInfo", 26)?;
        map.serialize_field("id", &[self.id.number(), self.id.total()])?;
        let gateway_url = RedactedUrl::new(&self.gateway_url).to_string();
        map.serialize_field("gateway_url", &gateway_url)?;
        map.serialize_field("health", &self.health)?;
        map.serialize_field("state", &self.state)?;
        map.serialize_field("latency", &self.latency)?;
        map.serialize_field("sequence", &self.session().map(Session::sequence))?;
        map.serialize_field("buffered_items", &self.buffered_items())?;
        map.serialize_field("crashes", &self.crashes)?;
        map.serialize_field("last_crash", &self.last_crash())?;
        map.serialize_field("waits_for", &self.waits_for())?;
        let ages = &self.ages;
        map.serialize_field("uptime_ms", &ages.uptime.map(millis))?;
        map.serialize_field("state_age_ms", &ages.state.map(millis))?;
        map.serialize_field("up_for_ms", &ages.up.map(millis))?;
        map.serialize_field("down_for_ms", &ages.down.map(millis))?;
        map.serialize_field("session_age_ms", &ages.session.map(millis))?;
        map.serialize_field("last_frame_age_ms", &ages.last_frame.map(millis))?;
        map.serialize_field("last_ack_age_ms", &ages.last_ack.map(millis))?;
        map.serialize_field("last_disconnect", &self.last_disconnect)?;
        map.serialize_field("disconnects", &self.disconnects)?;
        map.serialize_field("permit_refusal", &self.permit_refusal())?;
        map.serialize_field("buffer", &self.buffer)?;
        map.serialize_field("cursor_lag", &self.cursor_lag)?;
        map.serialize_field("unacknowledged_events", &self.unacknowledged_events)?;
        let unacknowledged_for = self.unacknowledged_for.map(millis);
        map.serialize_field("unacknowledged_for_ms", &unacknowledged_for)?;
        map.serialize_field("shed_events", &self.shed_events)?;
        map.serialize_field("event_lag", &self.event_lag)?;
        map.end()
    }
}

pub(crate) fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
