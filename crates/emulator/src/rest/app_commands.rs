//! Commands that a bot registers, globally or in a guild.

use serde_json::Value;

use super::{
    context::{Outcome, RequestContext},
    error::{ApiError, INVALID_JSON, UNKNOWN_COMMAND, UNKNOWN_GUILD},
    fields::{self, Field},
    response::RestResponse,
};
use crate::world::app_commands::{CommandScope, InvalidCommand};

/// What a command may have. Fields that are not listed are kept as they are.
const FIELDS: &[Field] = &[
    Field::text("name", 1, 32).required(),
    Field::text("description", 0, 100),
    Field::choice("type", &[1, 2, 3, 4]),
    Field::objects("options", 25),
    Field::bits("default_member_permissions"),
    Field::boolean("nsfw"),
    Field::object("name_localizations"),
    Field::object("description_localizations"),
];

pub(super) fn list(context: &mut RequestContext<'_>) -> Outcome {
    let scope = scope(context)?;
    let commands = context.gateway.commands(scope).ok_or(UNKNOWN_GUILD)?;
    Ok(RestResponse::ok(commands.into()))
}

pub(super) fn replace_all(context: &mut RequestContext<'_>) -> Outcome {
    let scope = scope(context)?;
    let commands = context.objects(FIELDS)?;
    let commands = commands.into_iter().map(Value::Object).collect();
    let registered = context.gateway.replace_commands(scope, commands)?;
    Ok(RestResponse::ok(registered.into()))
}

pub(super) fn add(context: &mut RequestContext<'_>) -> Outcome {
    let scope = scope(context)?;
    let command = context.object(FIELDS)?;
    let registered = context.gateway.add_command(scope, command.into())?;
    Ok(RestResponse::created(registered.clone()))
}

pub(super) fn one(context: &mut RequestContext<'_>) -> Outcome {
    let (scope, id) = place(context)?;
    let command = context.gateway.command(scope, id);
    Ok(RestResponse::ok(command.ok_or(UNKNOWN_COMMAND)?.clone()))
}

pub(super) fn edit(context: &mut RequestContext<'_>) -> Outcome {
    let (scope, id) = place(context)?;
    let Value::Object(edit) = context.json()? else {
        return Err(INVALID_JSON);
    };
    // An edit need not have the name.
    let changed = FIELDS
        .iter()
        .filter(|field| edit.contains_key(field.name()));
    fields::check(&edit, &changed.copied().collect::<Vec<Field>>())?;
    let edited = context.gateway.edit_command(scope, id, &edit)?;
    Ok(RestResponse::ok(edited.ok_or(UNKNOWN_COMMAND)?.clone()))
}

pub(super) fn delete(context: &mut RequestContext<'_>) -> Outcome {
    let (scope, id) = place(context)?;
    let deleted = context.gateway.delete_command(scope, id);
    deleted.ok_or(UNKNOWN_COMMAND)?;
    Ok(RestResponse::no_content())
}

/// The scope and the id of the command of the path.
fn place(context: &RequestContext<'_>) -> Result<(CommandScope, u64), ApiError> {
    let id: u64 = context
        .text("command_id")
        .parse()
        .map_err(|_| UNKNOWN_COMMAND)?;
    Ok((scope(context)?, id))
}

/// The scope of the path.
fn scope(context: &RequestContext<'_>) -> Result<CommandScope, ApiError> {
    let scope = if context.has("guild_id") {
        CommandScope::Guild(context.id("guild_id")?)
    } else {
        CommandScope::Global
    };
    context.gateway.commands(scope).ok_or(UNKNOWN_GUILD)?;
    Ok(scope)
}

impl From<InvalidCommand> for ApiError {
    fn from(InvalidCommand(reason): InvalidCommand) -> Self {
        Self::invalid_field("name", "APPLICATION_COMMAND_INVALID_NAME", reason)
    }
}
