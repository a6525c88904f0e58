//! Reactions to messages.

use serde_json::{Value, json};

use super::{
    context::{Outcome, RequestContext},
    error::{ApiError, TOO_MANY_REACTIONS, UNKNOWN_EMOJI, UNKNOWN_MESSAGE},
    response::RestResponse,
};
use crate::{
    model::MAX_EMOJIS,
    traffic::Event,
    world::{places::Place, user::id_of},
};

/// A message, and the emoji of the path.
struct Target {
    place: Place,
    message: u64,
    author: Value,
    emoji: Value,
}

pub(super) fn add_own(context: &mut RequestContext<'_>) -> Outcome {
    let target = target(context)?;
    let bot = context.bot();
    let reactions = context.gateway.rest().reactions(target.message);
    let reactions = reactions.ok_or(UNKNOWN_MESSAGE)?;
    let users = reactions.users(&target.emoji);
    if users.contains(&bot) {
        return Ok(RestResponse::no_content());
    }
    if users.is_empty() && reactions.len() >= MAX_EMOJIS {
        return Err(TOO_MANY_REACTIONS);
    }
    let mut data = target.data();
    data["user_id"] = bot.to_string().into();
    data["type"] = 0.into();
    data["burst"] = false.into();
    data["message_author_id"] = target.author.clone();
    let world = context.gateway.world();
    let guild = target.place.guild.and_then(|guild| world.guild(guild));
    if let Some(guild) = guild {
        data["member"] = world.bot_member(guild);
    }
    happen(context, &target, "MESSAGE_REACTION_ADD", data)
}

pub(super) fn remove_own(context: &mut RequestContext<'_>) -> Outcome {
    let bot = context.bot();
    remove(context, bot)
}

pub(super) fn remove_of_user(context: &mut RequestContext<'_>) -> Outcome {
    let user = context.user_id()?;
    remove(context, user)
}

pub(super) fn remove_emoji(context: &mut RequestContext<'_>) -> Outcome {
    let target = target(context)?;
    let data = target.data();
    happen(context, &target, "MESSAGE_REACTION_REMOVE_EMOJI", data)
}

pub(super) fn remove_all(context: &mut RequestContext<'_>) -> Outcome {
    let place = context.message_channel()?;
    let target = of_message(context, place, Value::Null)?;
    let mut data = target.data();
    if let Some(fields) = data.as_object_mut() {
        fields.remove("emoji");
    }
    happen(context, &target, "MESSAGE_REACTION_REMOVE_ALL", data)
}

pub(super) fn list(context: &mut RequestContext<'_>) -> Outcome {
    let target = target(context)?;
    let limit = context.limit(100, 25)?;
    let after = context.query_id("after")?.unwrap_or(0);
    let reactions = context.gateway.rest().reactions(target.message);
    let users = reactions.ok_or(UNKNOWN_MESSAGE)?.users(&target.emoji);
    let world = context.gateway.world();
    let users = users.into_iter().filter(|id| *id > after).take(limit);
    Ok(RestResponse::ok(
        users.filter_map(|id| world.user(id)).collect(),
    ))
}

fn remove(context: &mut RequestContext<'_>, user: u64) -> Outcome {
    let target = target(context)?;
    let reactions = context.gateway.rest().reactions(target.message);
    let users = reactions.ok_or(UNKNOWN_MESSAGE)?.users(&target.emoji);
    if !users.contains(&user) {
        return Ok(RestResponse::no_content());
    }
    let mut data = target.data();
    data["user_id"] = user.to_string().into();
    data["type"] = 0.into();
    data["burst"] = false.into();
    happen(context, &target, "MESSAGE_REACTION_REMOVE", data)
}

fn happen(
    context: &mut RequestContext<'_>,
    target: &Target,
    name: &'static str,
    data: Value,
) -> Outcome {
    let event = Event {
        name: name.into(),
        guild: target.place.guild,
        data,
    };
    context.gateway.make_happen(&event);
    Ok(RestResponse::no_content())
}

impl Target {
    /// The fields that all events of reactions have.
    fn data(&self) -> Value {
        let mut data = json!({
            "message_id": self.message.to_string(),
            "emoji": self.emoji,
            "channel_id": self.place.channel.to_string(),
        });
        if let Some(guild) = self.place.guild {
            data["guild_id"] = guild.to_string().into();
        }
        data
    }
}

/// What the path names.
fn target(context: &RequestContext<'_>) -> Result<Target, ApiError> {
    let place = context.message_channel()?;
    let emoji = emoji(context.text("emoji")).ok_or(UNKNOWN_EMOJI)?;
    of_message(context, place, emoji)
}

fn of_message(
    context: &RequestContext<'_>,
    place: Place,
    emoji: Value,
) -> Result<Target, ApiError> {
    let message = context.message(place)?;
    Ok(Target {
        place,
        message: id_of(&message).ok_or(UNKNOWN_MESSAGE)?,
        author: message["author"]["id"].clone(),
        emoji,
    })
}

/// The emoji object of a path: `name:id` for one of a guild, or else an emoji of Unicode, of which each has a character
/// outside of ASCII.
fn emoji(text: &str) -> Option<Value> {
    if let Some((name, id)) = text.rsplit_once(':') {
        let name = name.strip_prefix("a:").unwrap_or(name);
        let id: u64 = id.parse().ok()?;
        return Some(json!({"name": name, "id": id.to_string()}));
    }
    let is_letter = |it: char| it.is_alphabetic() && !it.is_ascii();
    let is_emoji = !text.is_ascii() && !text.chars().any(is_letter) && text.chars().count() <= 32;
    is_emoji.then(|| json!({"name": text, "id": null}))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn emojis_are_recognized() {
        for (text, name, id) in [
            ("👍", "👍", Value::Null),
            ("❤️", "❤️", Value::Null),
            ("1️⃣", "1️⃣", Value::Null),
            ("party:7", "party", "7".into()),
            ("a:party:7", "party", "7".into()),
        ] {
            assert_eq!(emoji(text), Some(json!({"name": name, "id": id})), "{text}");
        }
        for text in ["", "a", "party", "party:", "party:x", "ä", "名"] {
            assert_eq!(emoji(text), None, "{text}");
        }
    }
}
