//! Control over HTTP, beside REST: for tests of bots in any language.

use std::time::Instant;

use serde::Deserialize;
use serde_json::{Value, json};
use twilight_model::id::{Id, marker::GuildMarker};

use super::{http_request::Request, reply::Reply};
use crate::{
    model::Gateway,
    scenario::{Scenario, parse_action},
};

/// What can be asked for, and by which method.
const ROUTES: &[Route] = &[
    Route::new("GET", "stats", |gateway, _, _| {
        Reply::ok(json!(gateway.stats()))
    }),
    Route::new("GET", "violations", |gateway, _, _| {
        Reply::ok(json!(gateway.violations()))
    }),
    Route::new("GET", "sessions", |gateway, _, _| {
        Reply::ok(json!(gateway.sessions()))
    }),
    Route::new("GET", "ended-sessions", |gateway, _, _| {
        Reply::ok(json!(gateway.ended_sessions()))
    }),
    Route::new("GET", "guilds", |gateway, _, _| {
        Reply::ok(json!(gateway.guild_ids()))
    }),
    Route::new("GET", "bot-messages", |gateway, _, _| {
        Reply::ok(json!(gateway.bot_messages()))
    }),
    Route::new("POST", "action", act),
    Route::new("POST", "scenario", play),
    Route::new("POST", "reset-faults", |gateway, now, _| {
        gateway.reset_faults(now);
        Reply::ok(json!(gateway.stats()))
    }),
    Route::new("POST", "event", |gateway, _, body| event(gateway, body)),
    Route::new("POST", "say", |gateway, _, body| say(gateway, body)),
    Route::new("POST", "command", |gateway, _, body| command(gateway, body)),
];

struct Route {
    method: &'static str,
    resource: &'static str,
    answer: fn(&mut Gateway, Instant, &[u8]) -> Reply,
}

impl Route {
    const fn new(
        method: &'static str,
        resource: &'static str,
        answer: fn(&mut Gateway, Instant, &[u8]) -> Reply,
    ) -> Self {
        Self {
            method,
            resource,
            answer,
        }
    }
}

/// Answers a request for what is below `/control/`. Nobody needs a token: it listens on loopback alone.
pub(super) fn respond(
    gateway: &mut Gateway,
    now: Instant,
    request: &Request,
    resource: &str,
) -> Reply {
    match ROUTES.iter().find(|route| route.resource == resource) {
        Some(route) if route.method == request.method => {
            (route.answer)(gateway, now, &request.body)
        }
        Some(_) => Reply::refusal("405 Method Not Allowed"),
        None => Reply::refusal("404 Not Found"),
    }
}

fn act(gateway: &mut Gateway, now: Instant, body: &[u8]) -> Reply {
    match parse_action(body) {
        Ok((action, shard)) => {
            gateway.do_now(now, action, shard);
            Reply::ok(json!(gateway.stats()))
        }
        Err(reason) => bad_request(&reason),
    }
}

fn play(gateway: &mut Gateway, now: Instant, body: &[u8]) -> Reply {
    match scenario(body) {
        Ok(scenario) => {
            gateway.play_scenario(now, &scenario);
            Reply::ok(json!(gateway.stats()))
        }
        Err(reason) => bad_request(&reason),
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

fn command(gateway: &mut Gateway, body: &[u8]) -> Reply {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Command {
        guild: Id<GuildMarker>,
        name: String,
        #[serde(default)]
        options: Vec<Value>,
    }

    match serde_json::from_slice(body) {
        Ok(Command {
            guild,
            name,
            options,
        }) => heard_by(gateway.use_command(guild, &name, &options.into())),
        Err(error) => bad_request(&error.to_string()),
    }
}

fn heard_by(sessions: usize) -> Reply {
    Reply::ok(json!({"sessions": sessions}))
}

fn bad_request(reason: &str) -> Reply {
    Reply::refused_because("400 Bad Request", reason)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// The guide's table of routes is of these, no more and no fewer.
    #[test]
    fn the_guide_has_every_route() {
        let told: BTreeSet<&str> = include_str!("../../docs/guide.md")
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
        assert_eq!(told, routes.iter().map(String::as_str).collect());
    }
}
