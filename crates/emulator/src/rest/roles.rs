//! Roles of guilds.

use serde_json::{Value, json};
use twilight_model::id::marker::RoleMarker;

use super::{
    audit_log::{Action, Change},
    context::{Outcome, RequestContext},
    error::{ApiError, INVALID_ROLE, TOO_MANY_ROLES, UNKNOWN_ROLE},
    fields::{self, Field, snowflake},
    response::RestResponse,
};
use crate::{
    traffic::Event,
    world::{guild::Guild, user::id_of},
};

/// The most roles of a guild.
const MAX_ROLES: usize = 250;

/// What a bot can choose about a role.
const FIELDS: &[Field] = &[
    Field::text("name", 0, 100),
    Field::bits("permissions"),
    Field::integer("color", 0, 0xff_ffff),
    Field::object("colors"),
    Field::boolean("hoist"),
    Field::any("icon"),
    Field::text("unicode_emoji", 1, 32),
    Field::boolean("mentionable"),
];

/// The permissions of a new role, which Discord takes from `@everyone`.
const DEFAULT_PERMISSIONS: &str = "2248473465835073";

pub(super) fn list(context: &mut RequestContext<'_>) -> Outcome {
    let guild = context.guild()?;
    Ok(RestResponse::ok(
        context.gateway.world().roles(&guild).into(),
    ))
}

pub(super) fn one(context: &mut RequestContext<'_>) -> Outcome {
    let guild = context.guild()?;
    let (_, role) = role(context, &guild)?;
    Ok(RestResponse::ok(role))
}

pub(super) fn create(context: &mut RequestContext<'_>) -> Outcome {
    let guild = context.guild()?;
    let body = context.object(FIELDS)?;
    if context.gateway.world().roles(&guild).len() >= MAX_ROLES {
        return Err(TOO_MANY_ROLES);
    }
    let (_, id) = context.gateway.rest_mut().next_id();
    let mut role = json!({
        "unicode_emoji": null,
        "tags": {},
        "position": 1,
        "permissions": DEFAULT_PERMISSIONS,
        "name": "new role",
        "mentionable": false,
        "managed": false,
        "id": id.to_string(),
        "icon": null,
        "hoist": false,
        "flags": 0,
        "colors": {"primary_color": 0, "secondary_color": null, "tertiary_color": null},
        "color": 0,
    });
    fields::apply(&mut role, &body, FIELDS);
    complete(&mut role, &body);
    happen(context, &guild, "GUILD_ROLE_CREATE", &role);
    let names = FIELDS.iter().map(Field::name);
    let change = Change::new(Action::ROLE_CREATE, Some(id)).between(&json!({}), &role, names);
    context.audit(guild.id, change)?;
    Ok(RestResponse::ok(role))
}

pub(super) fn modify(context: &mut RequestContext<'_>) -> Outcome {
    let guild = context.guild()?;
    let (id, before) = role(context, &guild)?;
    let body = context.object(FIELDS)?;
    let mut role = before.clone();
    fields::apply(&mut role, &body, FIELDS);
    complete(&mut role, &body);
    if before != role {
        happen(context, &guild, "GUILD_ROLE_UPDATE", &role);
        let names = FIELDS.iter().map(Field::name);
        let change = Change::new(Action::ROLE_UPDATE, Some(id)).between(&before, &role, names);
        context.audit(guild.id, change)?;
    }
    Ok(RestResponse::ok(role))
}

/// Changes the positions of roles: a GUILD_ROLE_UPDATE for each.
pub(super) fn modify_positions(context: &mut RequestContext<'_>) -> Outcome {
    const FIELDS: &[Field] = &[
        Field::snowflake("id").required(),
        Field::integer("position", 0, MAX_ROLES as i64),
    ];
    let guild = context.guild()?;
    let roles = context.gateway.world().roles(&guild);
    let mut moved = Vec::new();
    for position in context.objects(FIELDS)? {
        let id = snowflake(&position["id"]);
        let role = roles.iter().find(|role| id_of(role) == id);
        let mut role = role.ok_or(INVALID_ROLE)?.clone();
        if let Some(to) = position
            .get("position")
            .filter(|to| !to.is_null() && role["position"] != **to)
        {
            role["position"] = to.clone();
            moved.push(role);
        }
    }
    for role in moved {
        happen(context, &guild, "GUILD_ROLE_UPDATE", &role);
    }
    list(context)
}

pub(super) fn delete(context: &mut RequestContext<'_>) -> Outcome {
    let guild = context.guild()?;
    let (id, role) = role(context, &guild)?;
    if id == guild.id {
        return Err(INVALID_ROLE);
    }
    let data = json!({"guild_id": guild.id.to_string(), "role_id": id.to_string()});
    context
        .gateway
        .make_happen(&Event::in_guild("GUILD_ROLE_DELETE", guild.id, data));
    let change = Change::new(Action::ROLE_DELETE, Some(id)).with_value(
        "name",
        Some(role["name"].clone()),
        None,
    );
    context.audit(guild.id, change)?;
    Ok(RestResponse::no_content())
}

fn happen(context: &mut RequestContext<'_>, guild: &Guild, name: &'static str, role: &Value) {
    let data = json!({"guild_id": guild.id.to_string(), "role": role});
    context
        .gateway
        .make_happen(&Event::in_guild(name, guild.id, data));
}

/// The role of the path, and its id.
fn role(context: &RequestContext<'_>, guild: &Guild) -> Result<(u64, Value), ApiError> {
    let id = context.id::<RoleMarker>("role_id")?.get();
    let mut roles = context.gateway.world().roles(guild).into_iter();
    let role = roles.find(|role| id_of(role) == Some(id));
    Ok((id, role.ok_or(UNKNOWN_ROLE)?))
}

/// Fills in what follows from the fields of a body: defaults in place of null, and the color in both forms.
fn complete(role: &mut Value, body: &serde_json::Map<String, Value>) {
    let defaults = [
        ("name", json!("new role")),
        ("permissions", json!(DEFAULT_PERMISSIONS)),
        ("color", json!(0)),
        ("hoist", json!(false)),
        ("mentionable", json!(false)),
    ];
    for (name, value) in defaults {
        if role[name].is_null() {
            role[name] = value;
        }
    }
    let primary = body.get("colors").map(|colors| &colors["primary_color"]);
    match primary.filter(|color| color.is_u64()) {
        Some(color) => {
            role["color"] = color.clone();
            for name in ["secondary_color", "tertiary_color"] {
                let color = role["colors"].get(name).cloned();
                role["colors"][name] = color.unwrap_or_default();
            }
        }
        None => {
            let color = role["color"].clone();
            role["colors"] =
                json!({"primary_color": color, "secondary_color": null, "tertiary_color": null});
        }
    }
}
