//! Slash commands that a bot registers.

use serde_json::{Map, Value};

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

pub(super) fn one(context: RequestContext<'_>) -> HttpResponse {
    one_of(&context, CommandScope::Global, &context.parameters[1])
}

pub(super) fn one_of_guild(context: RequestContext<'_>) -> HttpResponse {
    match scope(&context) {
        Some(scope) => one_of(&context, scope, &context.parameters[2]),
        None => unknown_guild(),
    }
}

pub(super) fn edit(context: RequestContext<'_>) -> HttpResponse {
    let id = context.parameters[1].parse().ok();
    edit_in(context, CommandScope::Global, id)
}

pub(super) fn edit_of_guild(context: RequestContext<'_>) -> HttpResponse {
    let id = context.parameters[2].parse().ok();
    match scope(&context) {
        Some(scope) => edit_in(context, scope, id),
        None => unknown_guild(),
    }
}

pub(super) fn delete(context: RequestContext<'_>) -> HttpResponse {
    let id = context.parameters[1].parse().ok();
    delete_in(context, CommandScope::Global, id)
}

pub(super) fn delete_of_guild(context: RequestContext<'_>) -> HttpResponse {
    let id = context.parameters[2].parse().ok();
    match scope(&context) {
        Some(scope) => delete_in(context, scope, id),
        None => unknown_guild(),
    }
}

fn one_of(context: &RequestContext<'_>, scope: CommandScope, id: &str) -> HttpResponse {
    let command = (id.parse().ok()).and_then(|id| context.gateway.command(scope, id));
    command.map_or_else(unknown_command, |command| HttpResponse::ok(command.clone()))
}

fn edit_in(context: RequestContext<'_>, scope: CommandScope, id: Option<u64>) -> HttpResponse {
    let Ok(edit) = serde_json::from_slice::<Map<String, Value>>(context.body) else {
        return invalid_command(InvalidCommand("the body is not a command"));
    };
    match id.map_or(Ok(None), |id| {
        context.gateway.edit_command(scope, id, &edit)
    }) {
        Ok(Some(command)) => HttpResponse::ok(command.clone()),
        Ok(None) => unknown_command(),
        Err(reason) => invalid_command(reason),
    }
}

fn delete_in(context: RequestContext<'_>, scope: CommandScope, id: Option<u64>) -> HttpResponse {
    match id.and_then(|id| context.gateway.delete_command(scope, id)) {
        Some(_) => HttpResponse::no_content(),
        None => unknown_command(),
    }
}

/// The scope of a path with the guild as its second parameter, or without a guild; `None` if the guild does not exist.
fn scope(context: &RequestContext<'_>) -> Option<CommandScope> {
    let scope = match context.parameters.get(1) {
        None => CommandScope::Global,
        Some(guild) => CommandScope::Guild(guild.parse().ok()?),
    };
    context.gateway.commands(scope).map(|_| scope)
}

fn unknown_command() -> HttpResponse {
    HttpResponse::error_with_code("404 Not Found", 10063, "Unknown application command")
}

fn unknown_guild() -> HttpResponse {
    HttpResponse::error_with_code("404 Not Found", 10004, "Unknown Guild")
}

fn invalid_command(InvalidCommand(reason): InvalidCommand) -> HttpResponse {
    let message = format!("Invalid Form Body: {reason}");
    HttpResponse::error_with_code("400 Bad Request", 50035, &message)
}
