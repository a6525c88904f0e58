//! The control API: what tests in any language can make the gateway do, over HTTP.

use std::time::Instant;

use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Map, Value, json};
use twilight_model::id::{
    Id,
    marker::{ChannelMarker, GuildMarker, UserMarker},
};

use super::http_request::HttpRequest;
use crate::{
    model::Gateway,
    rest::RestResponse,
    scenario::{Scenario, parse_action},
};

/// The routes below `/control/`.
const ROUTES: &[Route] = &[
    Route::new("GET", "stats", |gateway, _, _| Ok(json!(gateway.stats()))),
    Route::new("GET", "violations", |gateway, _, _| {
        Ok(json!(gateway.violations()))
    }),
    Route::new("GET", "notes", |gateway, _, _| Ok(json!(gateway.notes()))),
    Route::new("GET", "sessions", |gateway, _, _| {
        Ok(json!(gateway.sessions()))
    }),
    Route::new("GET", "ended-sessions", |gateway, _, _| {
        Ok(json!(gateway.ended_sessions()))
    }),
    Route::new("GET", "guilds", |gateway, _, _| {
        Ok(json!(gateway.guild_ids()))
    }),
    Route::new("GET", "bot-messages", |gateway, _, _| {
        Ok(json!(gateway.bot_messages()))
    }),
    Route::new("GET", "rest-requests", |gateway, _, _| {
        let counts = gateway.rest_requests().iter();
        let counts: Map<String, Value> = counts
            .map(|(route, count)| (route.to_string(), json!(count)))
            .collect();
        Ok(counts.into())
    }),
    Route::new("POST", "action", perform_action),
    Route::new("POST", "scenario", play_scenario),
    Route::new("POST", "reset-faults", |gateway, now, _| {
        gateway.reset_faults(now);
        Ok(json!(gateway.stats()))
    }),
    Route::new("POST", "event", |gateway, _, body| publish(gateway, body)),
    Route::new("POST", "hide-channel", |gateway, _, body| {
        let channel = channel(gateway, body)?;
        Ok(sessions(gateway.hide_channel(channel)))
    }),
    Route::new("POST", "reveal-channel", |gateway, _, body| {
        let channel = channel(gateway, body)?;
        Ok(sessions(gateway.reveal_channel(channel)))
    }),
    Route::new("POST", "say", |gateway, _, body| say(gateway, body)),
    Route::new("POST", "say-directly", |gateway, _, body| {
        say_directly(gateway, body)
    }),
    Route::new("POST", "command", |gateway, _, body| {
        use_command(gateway, body)
    }),
];

/// Handles a request. Returns the body of the response, or what is wrong with the request.
type Handler = fn(&mut Gateway, Instant, &[u8]) -> Result<Value, RequestError>;

/// What is wrong with a request.
enum RequestError {
    Invalid(String),
    /// What it names does not exist.
    NotFound(String),
}

struct Route {
    method: &'static str,
    resource: &'static str,
    handler: Handler,
}

impl Route {
    const fn new(method: &'static str, resource: &'static str, handler: Handler) -> Self {
        Self {
            method,
            resource,
            handler,
        }
    }
}

/// Responds to a request for a resource below `/control/`. It needs no token: the server listens only on loopback, and
/// refuses the requests of web pages.
pub(super) fn respond(
    gateway: &mut Gateway,
    now: Instant,
    request: &HttpRequest,
    resource: &str,
) -> RestResponse {
    match ROUTES.iter().find(|route| route.resource == resource) {
        Some(route) if route.method == request.method => {
            match (route.handler)(gateway, now, &request.body) {
                Ok(body) => RestResponse::ok(body),
                Err(RequestError::Invalid(reason)) => {
                    RestResponse::error_with_message(400, &reason)
                }
                Err(RequestError::NotFound(reason)) => {
                    RestResponse::error_with_message(404, &reason)
                }
            }
        }
        Some(_) => RestResponse::error_with_message(405, "405: Method Not Allowed"),
        None => RestResponse::error_with_message(404, "404: Not Found"),
    }
}

fn perform_action(gateway: &mut Gateway, now: Instant, body: &[u8]) -> Result<Value, RequestError> {
    let (action, shard) = parse_action(body).map_err(RequestError::Invalid)?;
    let sessions = gateway.sessions();
    // A shard that lost its session may still be connecting.
    if let Some(number) = shard
        && number >= gateway.settings().shards
        && sessions.iter().all(|session| session.shard[0] != number)
    {
        let reason = format!("there is no shard {number}; GET /control/sessions lists them");
        return Err(RequestError::NotFound(reason));
    }
    gateway.perform(now, action, shard);
    Ok(json!(gateway.stats()))
}

fn play_scenario(gateway: &mut Gateway, now: Instant, body: &[u8]) -> Result<Value, RequestError> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct PlayScenario {
        scenario: String,
    }

    let PlayScenario { scenario } = parse(body)?;
    let scenario =
        Scenario::named(&scenario).map_err(|error| RequestError::NotFound(error.to_string()))?;
    gateway.play_scenario(now, &scenario);
    Ok(json!(gateway.stats()))
}

fn publish(gateway: &mut Gateway, body: &[u8]) -> Result<Value, RequestError> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Publish {
        name: String,
        data: Value,
    }

    let Publish { name, data } = parse(body)?;
    if let Some(guild) = gateway.missing_guild(&name, &data) {
        return Err(no_guild(guild));
    }
    Ok(sessions(gateway.publish(name, data)))
}

fn say(gateway: &mut Gateway, body: &[u8]) -> Result<Value, RequestError> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Say {
        guild: Id<GuildMarker>,
        content: String,
    }

    let Say { guild, content } = parse(body)?;
    check_guild(gateway, guild)?;
    Ok(sessions(gateway.say(guild, &content)))
}

fn say_directly(gateway: &mut Gateway, body: &[u8]) -> Result<Value, RequestError> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct SayDirectly {
        user: Id<UserMarker>,
        content: String,
    }

    let SayDirectly { user, content } = parse(body)?;
    if gateway.world().user(user.get()).is_none() {
        let reason = format!("there is no user {user}; a member of a guild is one");
        return Err(RequestError::NotFound(reason));
    }
    Ok(sessions(gateway.say_directly(user, &content)))
}

fn use_command(gateway: &mut Gateway, body: &[u8]) -> Result<Value, RequestError> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct UseCommand {
        guild: Id<GuildMarker>,
        name: String,
        #[serde(default)]
        options: Vec<Value>,
    }

    let UseCommand {
        guild,
        name,
        options,
    } = parse(body)?;
    check_guild(gateway, guild)?;
    let count = gateway.use_command(guild, &name, &options.into());
    Ok(sessions(count))
}

/// The channel of a body that has nothing else.
fn channel(gateway: &Gateway, body: &[u8]) -> Result<Id<ChannelMarker>, RequestError> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct OfChannel {
        channel: Id<ChannelMarker>,
    }

    let OfChannel { channel } = parse(body)?;
    if gateway.has_channel(channel) {
        return Ok(channel);
    }
    let reason = format!("there is no channel {channel}; GUILD_CREATE lists those of a guild");
    Err(RequestError::NotFound(reason))
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, RequestError> {
    serde_json::from_slice(body).map_err(|error| RequestError::Invalid(error.to_string()))
}

fn check_guild(gateway: &Gateway, guild: Id<GuildMarker>) -> Result<(), RequestError> {
    if gateway.guild_ids().contains(&guild) {
        return Ok(());
    }
    Err(no_guild(guild.get()))
}

fn no_guild(guild: u64) -> RequestError {
    let reason = format!("there is no guild {guild}; GET /control/guilds lists them");
    RequestError::NotFound(reason)
}

fn sessions(count: usize) -> Value {
    json!({"sessions": count})
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn guide_lists_all_routes() {
        let listed: BTreeSet<&str> = include_str!("../../docs/guide.md")
            .lines()
            .filter_map(|line| line.strip_prefix("| `"))
            .filter_map(|row| row.split_once('`'))
            .map(|(request, _)| request)
            .filter(|request| request.contains(" /control/"))
            .collect();
        let routes: Vec<String> = ROUTES
            .iter()
            .map(|route| format!("{} /control/{}", route.method, route.resource))
            .collect();
        assert_eq!(listed, routes.iter().map(String::as_str).collect());
    }
}
