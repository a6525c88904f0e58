//! Slash commands that a bot registers.

use serde_json::Value;

use super::context::RequestContext;
use crate::{
    server::http_response::HttpResponse,
    world::app_commands::{CommandScope, InvalidCommand},
};

pub(super) fn list(context: RequestContext<'_>) -> HttpResponse {
    let commands = scope(&context).and_then(|scope| context.gateway.commands(scope));
    commands.map_or_else(unknown_guild, |commands| HttpResponse::ok(commands.into()))
}

pub(super) fn replace_all(context: RequestContext<'_>) -> HttpResponse {
    let Some(scope) = scope(&context) else {
        return unknown_guild();
    };
    let Ok(commands) = serde_json::from_slice::<Vec<Value>>(context.body) else {
        return invalid_command(InvalidCommand("the body is not a list of commands"));
    };
    let registered = context.gateway.replace_commands(scope, commands);
    registered.map_or_else(invalid_command, |commands| {
        HttpResponse::ok(commands.into())
    })
}

pub(super) fn add(context: RequestContext<'_>) -> HttpResponse {
    let Some(scope) = scope(&context) else {
        return unknown_guild();
    };
    let Ok(command) = serde_json::from_slice::<Value>(context.body) else {
        return invalid_command(InvalidCommand("the body is not a command"));
    };
    let registered = context.gateway.add_command(scope, command);
    registered.map_or_else(invalid_command, |command| {
        HttpResponse::created(command.clone())
    })
}

/// The scope of the path; `None` if its guild does not exist.
fn scope(context: &RequestContext<'_>) -> Option<CommandScope> {
    let scope = match context.parameters.get(1) {
        None => CommandScope::Global,
        Some(guild) => CommandScope::Guild(guild.parse().ok()?),
    };
    context.gateway.commands(scope).map(|_| scope)
}

fn unknown_guild() -> HttpResponse {
    HttpResponse::error_with_code("404 Not Found", 10004, "Unknown Guild")
}

fn invalid_command(InvalidCommand(reason): InvalidCommand) -> HttpResponse {
    let message = format!("Invalid Form Body: {reason}");
    HttpResponse::error_with_code("400 Bad Request", 50035, &message)
}
