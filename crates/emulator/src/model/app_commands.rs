//! The slash commands that the bot has registered over REST.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use twilight_model::id::{Id, marker::GuildMarker};

use super::gateway::Gateway;
use crate::world::calendar::Moment;

/// The most commands of one place.
const MOST_COMMANDS: usize = 100;

/// Where commands can be used.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Place {
    Everywhere,
    Guild(Id<GuildMarker>),
}

/// Something that can't be registered, with the reason.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Unregistrable(pub(crate) &'static str);

/// What is registered, by place.
#[derive(Debug, Default)]
pub(super) struct AppCommands {
    of: BTreeMap<Place, Vec<Value>>,
    made: u64,
}

impl Gateway {
    /// The commands of a place; `None` if there is no such place.
    pub(crate) fn app_commands(&self, place: Place) -> Option<&[Value]> {
        let exists = match place {
            Place::Everywhere => true,
            Place::Guild(guild) => self.world.index_of(guild.get()).is_some(),
        };
        let registered = self.app_commands.of.get(&place);
        exists.then(|| registered.map_or(&[][..], Vec::as_slice))
    }

    /// Registers these commands of a place that exists, and no others. Gives them.
    pub(crate) fn register_app_commands(
        &mut self,
        place: Place,
        commands: Vec<Value>,
    ) -> Result<&[Value], Unregistrable> {
        let application = self.world.application_id;
        self.app_commands.register(application, place, commands)
    }

    /// Registers one command of a place that exists, beside the others or in place of the one of that name. Gives it.
    pub(crate) fn register_app_command(
        &mut self,
        place: Place,
        command: Value,
    ) -> Result<&Value, Unregistrable> {
        let mut commands = self
            .app_commands
            .of
            .get(&place)
            .cloned()
            .unwrap_or_default();
        commands.retain(|other| other["name"] != command["name"]);
        commands.push(command);
        let registered = self.register_app_commands(place, commands)?;
        registered.last().ok_or(Unregistrable("there is none"))
    }
}

impl AppCommands {
    /// The id of the command that is meant by `name` in a guild.
    pub(super) fn id_of(&self, guild: Id<GuildMarker>, name: &str) -> Option<u64> {
        let places = [Place::Guild(guild), Place::Everywhere];
        let lists = places.iter().filter_map(|place| self.of.get(place));
        lists.into_iter().find_map(|list| id_in(list, name))
    }

    fn register(
        &mut self,
        application: u64,
        place: Place,
        mut commands: Vec<Value>,
    ) -> Result<&[Value], Unregistrable> {
        if commands.len() > MOST_COMMANDS {
            return Err(Unregistrable("over 100 commands"));
        }
        let known = self.of.get(&place).map_or(&[][..], Vec::as_slice);
        for command in &mut commands {
            let Some(name) = command["name"].as_str().filter(|name| !name.is_empty()) else {
                return Err(Unregistrable("a command without a name"));
            };
            // A command that is registered again stays what it was.
            let id = id_in(known, name).unwrap_or_else(|| {
                self.made += 1;
                Moment::START.plus_ms(self.made).snowflake(self.made)
            });
            complete(command, application, id, place);
        }
        self.of.insert(place, commands);
        Ok(&self.of[&place])
    }
}

fn id_in(commands: &[Value], name: &str) -> Option<u64> {
    let command = commands.iter().find(|command| command["name"] == name)?;
    command["id"].as_str()?.parse().ok()
}

/// With the fields that Discord adds, and those that a bot may leave out.
fn complete(command: &mut Value, application: u64, id: u64, place: Place) {
    command["id"] = id.to_string().into();
    command["application_id"] = application.to_string().into();
    command["version"] = id.to_string().into();
    if let Place::Guild(guild) = place {
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
