//! The members of guilds: those that were generated, and what events have changed about them.

use std::collections::{BTreeMap, HashMap};

use serde_json::Value;

use super::{World, guild::Guild, user::id_of};
use crate::traffic::Event;

/// The most members of all guilds that events can change.
const MAX_CHANGES: usize = 10_000;

/// How many members are looked at to find a user of whom only the id is known.
const MAX_SEARCHED: u64 = 100_000;

/// The members that were added or changed (`Some`) or removed (`None`), by guild and user.
#[derive(Debug, Default)]
pub(super) struct MemberChanges {
    guilds: HashMap<u64, BTreeMap<u64, Option<Value>>>,
    count: usize,
}

impl MemberChanges {
    fn set(&mut self, guild: u64, user: u64, member: Option<Value>) {
        let members = self.guilds.entry(guild).or_default();
        if !members.contains_key(&user) {
            if self.count == MAX_CHANGES {
                tracing::warn!(
                    "more than {MAX_CHANGES} members changed: REST ignores further changes"
                );
                return;
            }
            self.count += 1;
        }
        members.insert(user, member);
    }

    fn of(&self, guild: u64) -> Option<&BTreeMap<u64, Option<Value>>> {
        self.guilds.get(&guild)
    }
}

impl World {
    /// The member object of a user in a generated guild.
    pub(crate) fn member(&self, guild: &Guild, user: u64) -> Option<Value> {
        if user == self.bot.id {
            return Some(self.bot_member(guild));
        }
        let changed = self.members.of(guild.id).and_then(|it| it.get(&user));
        match changed {
            Some(member) => member.clone(),
            None => self.generated_member(guild, user).map(|it| it.json()),
        }
    }

    /// All members of a generated guild, by user id.
    pub(crate) fn members(&self, guild: &Guild) -> BTreeMap<u64, Value> {
        let generated = (0..guild.members).map(|at| guild.member(self.seed, at));
        let mut members: BTreeMap<u64, Value> = generated
            .map(|member| (member.user.id, member.json()))
            .collect();
        for (user, change) in self.members.of(guild.id).into_iter().flatten() {
            match change {
                Some(member) => drop(members.insert(*user, member.clone())),
                None => drop(members.remove(user)),
            }
        }
        members.insert(self.bot.id, self.bot_member(guild));
        members
    }

    /// The number of members of a generated guild, with the bot.
    pub(crate) fn member_count(&self, guild: &Guild) -> u64 {
        let mut count = guild.members + 1;
        for (user, change) in self.members.of(guild.id).into_iter().flatten() {
            let was_member = *user == self.bot.id || self.generated_member(guild, *user).is_some();
            match (was_member, change) {
                (true, None) => count = count.saturating_sub(1),
                (false, Some(_)) => count += 1,
                (true, Some(_)) | (false, None) => {}
            }
        }
        count
    }

    /// The user with this id: the bot, the recipient of a direct channel, or a member of a generated guild. Not all members
    /// of a very large world are looked at.
    pub(crate) fn user(&self, id: u64) -> Option<Value> {
        if id == self.bot.id {
            return Some(self.bot.json());
        }
        let changed = self
            .members
            .guilds
            .values()
            .filter_map(|it| it.get(&id)?.as_ref());
        if let Some(member) = changed.into_iter().next() {
            return Some(member["user"].clone());
        }
        let mut left = MAX_SEARCHED;
        for guild in &self.guilds {
            let searched = guild.members.min(left);
            left -= searched;
            let mut members = (0..searched).map(|at| guild.member(self.seed, at));
            if let Some(member) = members.find(|member| member.user.id == id) {
                return Some(member.user.json());
            }
        }
        None
    }

    /// The members of a guild that were added or changed (`Some`) or removed (`None`), by user.
    pub(crate) fn changed_members(
        &self,
        guild: &Guild,
    ) -> impl Iterator<Item = (u64, Option<&Value>)> {
        let changes = self.members.of(guild.id).into_iter().flatten();
        changes.map(|(user, change)| (*user, change.as_ref()))
    }

    /// Changes the members in the data of a GUILD_CREATE to those of now.
    pub(super) fn show_members(&self, guild: &Guild, data: &mut Value) {
        let Some(changes) = self.members.of(guild.id) else {
            return;
        };
        let is_removed = |user: Option<u64>| user.is_some_and(|it| changes.get(&it) == Some(&None));
        let mut listed = Vec::new();
        if let Value::Array(members) = &mut data["members"] {
            members.retain(|member| !is_removed(id_of(&member["user"])));
            for member in members {
                let user = id_of(&member["user"]);
                listed.extend(user);
                if let Some(Some(changed)) = user.and_then(|user| changes.get(&user)) {
                    member.clone_from(changed);
                }
            }
        }
        // Only the list of a small guild with presences is complete.
        let is_complete = data["large"] == false
            && data["presences"]
                .as_array()
                .is_some_and(|it| !it.is_empty());
        let added = changes
            .iter()
            .filter(|(user, _)| is_complete && !listed.contains(user));
        let added: Vec<Value> = added.filter_map(|(_, member)| member.clone()).collect();
        if let Value::Array(members) = &mut data["members"] {
            members.extend(added);
        }
        if let Value::Array(presences) = &mut data["presences"] {
            presences.retain(|presence| !is_removed(id_of(&presence["user"])));
        }
        if let Value::Array(states) = &mut data["voice_states"] {
            let user = |state: &Value| state["user_id"].as_str().and_then(|id| id.parse().ok());
            states.retain(|state| !is_removed(user(state)));
        }
        data["member_count"] = self.member_count(guild).into();
    }

    /// What an event says about the bot as a member, if any has.
    pub(super) fn changed_bot_member(&self, guild: &Guild) -> Option<Value> {
        self.members.of(guild.id)?.get(&self.bot.id)?.clone()
    }

    /// Keeps what an event says about a member.
    pub(super) fn observe_member(&mut self, event: &Event) {
        let is_about_member = matches!(
            &*event.name,
            "GUILD_MEMBER_ADD" | "GUILD_MEMBER_UPDATE" | "GUILD_MEMBER_REMOVE"
        );
        if !is_about_member {
            return;
        }
        let guild = event.guild.and_then(|guild| self.guild(guild)).cloned();
        let (Some(guild), Some(user)) = (guild, id_of(&event.data["user"])) else {
            return;
        };
        let member = (event.name != "GUILD_MEMBER_REMOVE").then(|| {
            // An update may name only some fields; the others stay.
            let mut member = self.member(&guild, user).unwrap_or_default();
            let changes = event.data.as_object().into_iter().flatten();
            for (name, value) in changes.filter(|(name, _)| *name != "guild_id") {
                member[name] = value.clone();
            }
            member
        });
        self.members.set(guild.id, user, member);
    }

    fn generated_member(&self, guild: &Guild, user: u64) -> Option<super::member::Member> {
        let mut members = (0..guild.members).map(|at| guild.member(self.seed, at));
        members.find(|member| member.user.id == user)
    }
}
