//! The slash commands that the bot has registered.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use twilight_model::id::{Id, marker::GuildMarker};

use super::calendar::Moment;

/// The type of a command that members type. Others are in the menus of users and messages.
const CHAT_INPUT: u64 = 1;

/// The most commands per scope.
const MAX_COMMANDS: usize = 100;

/// Where a command can be used.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum CommandScope {
    Global,
    Guild(Id<GuildMarker>),
}

/// Why a command can't be registered.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct InvalidCommand(pub(crate) &'static str);

/// The registered commands, by scope.
#[derive(Debug, Default)]
pub(crate) struct AppCommands {
    scopes: BTreeMap<CommandScope, Vec<Value>>,
    created: u64,
}

impl AppCommands {
    /// The commands of a scope.
    pub(crate) fn list(&self, scope: CommandScope) -> &[Value] {
        self.scopes.get(&scope).map_or(&[][..], Vec::as_slice)
    }

    /// The id of the command that `name` refers to in a guild. A command of the guild takes precedence over a global one.
    pub(crate) fn find(&self, guild: Id<GuildMarker>, name: &str) -> Option<u64> {
        [CommandScope::Guild(guild), CommandScope::Global]
            .into_iter()
            .find_map(|scope| id_in(self.list(scope), name))
    }

    /// The slash commands that members of a guild can type.
    pub(crate) fn usable_in(&self, guild: u64) -> Vec<&Value> {
        let of_guild = Id::new_checked(guild).map(CommandScope::Guild);
        of_guild
            .into_iter()
            .chain([CommandScope::Global])
            .flat_map(|scope| self.list(scope))
            .filter(|command| command["type"] == CHAT_INPUT)
            .collect()
    }

    /// Replaces the commands of a scope. Returns them.
    pub(crate) fn replace(
        &mut self,
        application: u64,
        scope: CommandScope,
        mut commands: Vec<Value>,
    ) -> Result<&[Value], InvalidCommand> {
        if commands.len() > MAX_COMMANDS {
            return Err(InvalidCommand("more than 100 commands"));
        }
        for command in &mut commands {
            let Some(name) = command["name"].as_str().filter(|name| !name.is_empty()) else {
                return Err(InvalidCommand("a command without a name"));
            };
            // A command that is registered again keeps its id.
            let id = id_in(self.list(scope), name).unwrap_or_else(|| {
                self.created += 1;
                Moment::START.plus_ms(self.created).snowflake(self.created)
            });
            complete(command, application, id, scope);
        }
        self.scopes.insert(scope, commands);
        Ok(self.list(scope))
    }

    /// The command of a scope with this id.
    pub(crate) fn get(&self, scope: CommandScope, id: u64) -> Option<&Value> {
        let id = id.to_string();
        let mut commands = self.list(scope).iter();
        commands.find(|command| command["id"] == id.as_str())
    }

    /// Changes fields of a command, which keeps its id. Returns it, or `None` if there is no such command.
    pub(crate) fn edit(
        &mut self,
        scope: CommandScope,
        id: u64,
        edit: &Map<String, Value>,
    ) -> Result<Option<&Value>, InvalidCommand> {
        let renamed = edit.get("name");
        if renamed.is_some_and(|name| name.as_str().is_none_or(str::is_empty)) {
            return Err(InvalidCommand("a command without a name"));
        }
        let text = id.to_string();
        let of_scope = self.scopes.get_mut(&scope).into_iter().flatten();
        let mut commands = of_scope.filter(|command| command["id"] == text.as_str());
        let Some(command) = commands.next() else {
            return Ok(None);
        };
        let fixed = ["id", "application_id", "guild_id", "type"];
        for (name, value) in edit
            .iter()
            .filter(|(name, _)| !fixed.contains(&name.as_str()))
        {
            command[name] = value.clone();
        }
        self.created += 1;
        let version = Moment::START.plus_ms(self.created).snowflake(self.created);
        command["version"] = version.to_string().into();
        Ok(Some(command))
    }

    /// Deletes a command. Returns it, or `None` if there is no such command.
    pub(crate) fn delete(&mut self, scope: CommandScope, id: u64) -> Option<Value> {
        let id = id.to_string();
        let commands = self.scopes.get_mut(&scope)?;
        let at = commands
            .iter()
            .position(|command| command["id"] == id.as_str())?;
        Some(commands.remove(at))
    }

    /// Adds a command to a scope, or replaces the one with the same name. Returns it.
    pub(crate) fn add(
        &mut self,
        application: u64,
        scope: CommandScope,
        command: Value,
    ) -> Result<&Value, InvalidCommand> {
        let mut commands = self.list(scope).to_vec();
        commands.retain(|other| other["name"] != command["name"]);
        commands.push(command);
        let registered = self.replace(application, scope, commands)?;
        registered.last().ok_or(InvalidCommand("no command"))
    }
}

fn id_in(commands: &[Value], name: &str) -> Option<u64> {
    let command = commands.iter().find(|command| command["name"] == name)?;
    command["id"].as_str()?.parse().ok()
}

/// Adds the fields that Discord adds, and defaults for those that a bot may omit.
fn complete(command: &mut Value, application: u64, id: u64, scope: CommandScope) {
    command["id"] = id.to_string().into();
    command["application_id"] = application.to_string().into();
    command["version"] = id.to_string().into();
    if let CommandScope::Guild(guild) = scope {
        command["guild_id"] = guild.to_string().into();
    }
    let defaults = [
        ("type", json!(1)),
        ("description", json!("")),
        ("default_member_permissions", Value::Null),
        ("nsfw", json!(false)),
    ];
    if let Some(fields) = command.as_object_mut() {
        for (name, value) in defaults {
            fields.entry(name).or_insert(value);
        }
    }
}
