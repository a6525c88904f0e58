//! Op 43: channel info ([P26](gloaming_protocol::rules#p26)).

use serde_json::{Value, json};

use super::context::{CommandContext, CommandOutcome};
use crate::{
    model::client_payload::{Malformed, RequestChannelInfo},
    world::calendar::Moment,
};

/// Replies with CHANNEL_INFO: the requested fields of the guild's voice channels.
pub(super) fn request(
    context: &CommandContext<'_>,
    request: &RequestChannelInfo,
    outcome: &mut CommandOutcome,
) -> Result<(), Malformed> {
    if request
        .fields
        .iter()
        .any(|field| field != "status" && field != "voice_start_time")
    {
        return Err(Malformed);
    }
    let Some(guild) = context.guild(request.guild_id, outcome) else {
        return Ok(());
    };
    let has = |field: &str| request.fields.iter().any(|requested| requested == field);
    let channels: Vec<Value> = (0..guild.voice_channel_count())
        .map(|at| {
            let mut channel = json!({"id": guild.voice_channel(at).to_string()});
            if has("status") {
                channel["status"] = if at == 0 {
                    "movie night".into()
                } else {
                    Value::Null
                };
            }
            if has("voice_start_time") {
                channel["voice_start_time"] = if at == 0 {
                    Moment::START.unix_seconds().into()
                } else {
                    Value::Null
                };
            }
            channel
        })
        .collect();
    let data = json!({"guild_id": guild.id.to_string(), "channels": channels});
    outcome.dispatch("CHANNEL_INFO", &data);
    Ok(())
}
