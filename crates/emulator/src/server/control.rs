//! Control over HTTP, beside REST: for tests of bots in any language.

use std::time::Instant;

use serde::Deserialize;
use serde_json::{Value, json};
use twilight_model::id::{Id, marker::GuildMarker};

use super::{http_request::Request, rest::Reply};
use crate::{
    model::Gateway,
    scenario::{Scenario, deed_now},
};

/// Answers a request for what is below `/control/`. Nobody needs a token: it listens on loopback alone.
pub(super) fn respond(
    gateway: &mut Gateway,
    now: Instant,
    request: &Request,
    resource: &str,
) -> Reply {
    match (request.method.as_str(), resource) {
        ("GET", "stats") => Reply::ok(json!(gateway.stats())),
        ("GET", "violations") => Reply::ok(json!(gateway.violations())),
        ("GET", "sessions") => Reply::ok(json!(gateway.sessions())),
        ("GET", "ended-sessions") => Reply::ok(json!(gateway.ended_sessions())),
        ("GET", "guilds") => Reply::ok(json!(gateway.guild_ids())),
        ("POST", "do") => match deed_now(&request.body) {
            Ok((deed, shard)) => {
                gateway.do_now(now, deed, shard);
                Reply::ok(json!(gateway.stats()))
            }
            Err(reason) => bad_request(&reason),
        },
        ("POST", "play") => match scenario(&request.body) {
            Ok(scenario) => {
                gateway.play_scenario(now, &scenario);
                Reply::ok(json!(gateway.stats()))
            }
            Err(reason) => bad_request(&reason),
        },
        ("POST", "calm") => {
            gateway.calm(now);
            Reply::ok(json!(gateway.stats()))
        }
        ("POST", "event") => event(gateway, &request.body),
        ("POST", "say") => say(gateway, &request.body),
        (
            _,
            "stats" | "violations" | "sessions" | "ended-sessions" | "guilds" | "do" | "play"
            | "calm" | "event" | "say",
        ) => Reply::refusal("405 Method Not Allowed"),
        _ => Reply::refusal("404 Not Found"),
    }
}

fn scenario(body: &[u8]) -> Result<Scenario, String> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Play {
        scenario: String,
    }

    let Play { scenario } = serde_json::from_slice(body).map_err(|error| error.to_string())?;
    Scenario::named(&scenario).map_err(|error| error.to_string())
}

fn event(gateway: &mut Gateway, body: &[u8]) -> Reply {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Event {
        name: String,
        data: Value,
    }

    match serde_json::from_slice(body) {
        Ok(Event { name, data }) => heard_by(gateway.publish(name, data)),
        Err(error) => bad_request(&error.to_string()),
    }
}

fn say(gateway: &mut Gateway, body: &[u8]) -> Reply {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Say {
        guild: Id<GuildMarker>,
        content: String,
    }

    match serde_json::from_slice(body) {
        Ok(Say { guild, content }) => heard_by(gateway.say(guild, &content)),
        Err(error) => bad_request(&error.to_string()),
    }
}

fn heard_by(sessions: usize) -> Reply {
    Reply::ok(json!({"sessions": sessions}))
}

fn bad_request(reason: &str) -> Reply {
    Reply::refused_because("400 Bad Request", reason)
}
