//! Slash commands that a bot registers when it starts.

use serde_json::Value;

use super::routes::Ask;
use crate::{
    model::{Place, Unregistrable},
    server::reply::Reply,
};

pub(super) fn list(ask: Ask<'_>) -> Reply {
    let commands = place(&ask).and_then(|place| ask.gateway.app_commands(place));
    commands.map_or_else(unknown_guild, |commands| Reply::ok(commands.into()))
}

pub(super) fn register(ask: Ask<'_>) -> Reply {
    let Some(place) = place(&ask) else {
        return unknown_guild();
    };
    let Ok(commands) = serde_json::from_slice::<Vec<Value>>(ask.body) else {
        return unregistrable(Unregistrable("this is no list of commands"));
    };
    let registered = ask.gateway.register_app_commands(place, commands);
    registered.map_or_else(unregistrable, |commands| Reply::ok(commands.into()))
}

pub(super) fn register_one(ask: Ask<'_>) -> Reply {
    let Some(place) = place(&ask) else {
        return unknown_guild();
    };
    let Ok(command) = serde_json::from_slice::<Value>(ask.body) else {
        return unregistrable(Unregistrable("this is no command"));
    };
    let registered = ask.gateway.register_app_command(place, command);
    registered.map_or_else(unregistrable, |command| Reply::created(command.clone()))
}

/// Where the commands are to be, if that is somewhere.
fn place(ask: &Ask<'_>) -> Option<Place> {
    let place = match ask.parts.get(1) {
        None => Place::Everywhere,
        Some(guild) => Place::Guild(guild.parse().ok()?),
    };
    ask.gateway.app_commands(place).map(|_| place)
}

fn unknown_guild() -> Reply {
    Reply::refused_with_code("404 Not Found", 10004, "Unknown Guild")
}

fn unregistrable(Unregistrable(reason): Unregistrable) -> Reply {
    let reason = format!("Invalid Form Body: {reason}");
    Reply::refused_with_code("400 Bad Request", 50035, &reason)
}
