//! Op 8: members of a guild ([P24](gloaming_protocol::rules#p24), [P25](gloaming_protocol::rules#p25)).

use std::collections::BTreeMap;

use gloaming_protocol::limits::{MAX_MEMBERS_PER_CHUNK, MAX_NONCE_BYTES, MAX_REQUESTED_USERS};
use serde_json::{Value, json};
use twilight_model::gateway::Intents;

use super::context::{CommandContext, CommandOutcome};
use crate::{
    model::client_payload::{Malformed, RequestGuildMembers, RequestedMembers, Snowflake},
    rule_table::{
        ALL_MEMBERS_TOO_OFTEN, ALL_MEMBERS_WITHOUT_INTENT, OVERSIZED_NONCE,
        PRESENCES_WITHOUT_INTENT,
    },
    world::{World, guild::Guild, member::Member, presence::presence},
};

/// Replies with GUILD_MEMBERS_CHUNKs, or with RATE_LIMITED.
pub(super) fn request(
    context: &mut CommandContext<'_>,
    request: RequestGuildMembers,
    outcome: &mut CommandOutcome,
) -> Result<(), Malformed> {
    let nonce = request.nonce.filter(|nonce| {
        let fits = nonce.len() <= MAX_NONCE_BYTES;
        if !fits {
            outcome.findings.push(OVERSIZED_NONCE);
        }
        fits
    });
    let intents = context.session.intents;
    let Some(guild) = context.guild(request.guild_id, outcome) else {
        return Ok(());
    };
    let has_presences = intents.contains(Intents::GUILD_PRESENCES);
    if request.presences && !has_presences {
        outcome.findings.push(PRESENCES_WITHOUT_INTENT);
    }

    let all = AllMembers {
        world: context.world,
        guild,
    };
    let (found, not_found) = match request.members {
        RequestedMembers::Users(ids) if ids.len() > MAX_REQUESTED_USERS => return Err(Malformed),
        RequestedMembers::Users(ids) => all.by_id(&ids),
        RequestedMembers::Query { prefix, limit } => {
            let is_full_list = prefix.is_empty() && limit == 0;
            if is_full_list && !intents.contains(Intents::GUILD_MEMBERS) {
                outcome.findings.push(ALL_MEMBERS_WITHOUT_INTENT);
                return Ok(());
            }
            if is_full_list && let Err(left) = context.member_lists.request(context.now, guild.id) {
                let mut meta = json!({"guild_id": guild.id.to_string()});
                if let Some(nonce) = &nonce {
                    meta["nonce"] = nonce.as_str().into();
                }
                let retry_after = context.settings.client_time(left).as_secs_f64();
                let limited = json!({"opcode": 8, "retry_after": retry_after, "meta": meta});
                outcome.findings.push(ALL_MEMBERS_TOO_OFTEN);
                outcome.dispatch("RATE_LIMITED", &limited);
                return Ok(());
            }
            let limit = if is_full_list {
                u64::MAX
            } else {
                limit.clamp(1, MAX_REQUESTED_USERS as u64)
            };
            (all.by_name(&prefix, limit), Vec::new())
        }
    };
    let chunks = Chunks {
        guild,
        found: &found,
        not_found: &not_found,
        has_presences: request.presences && has_presences,
        nonce: nonce.as_deref(),
    };
    chunks.send(outcome);
    Ok(())
}

/// The members of a guild: the bot, and then the others.
struct AllMembers<'a> {
    world: &'a World,
    guild: &'a Guild,
}

impl AllMembers<'_> {
    fn by_id(&self, ids: &[Snowflake]) -> (Vec<FoundMember>, Vec<u64>) {
        let all: Vec<FoundMember> = self.iter().collect();
        let mut found = Vec::new();
        let mut not_found = Vec::new();
        for Snowflake(id) in ids {
            match all.iter().find(|member| member.id == *id) {
                Some(member) => found.push(member.clone()),
                None => not_found.push(*id),
            }
        }
        (found, not_found)
    }

    fn by_name(&self, prefix: &str, limit: u64) -> Vec<FoundMember> {
        let prefix = prefix.to_lowercase();
        self.iter()
            .filter(|member| member.name_starts_with(&prefix))
            .take(usize::try_from(limit).unwrap_or(usize::MAX))
            .collect()
    }

    fn iter(&self) -> impl Iterator<Item = FoundMember> {
        let bot = FoundMember {
            id: self.world.bot.id,
            member: Found::Bot {
                name: self.world.bot.name().to_lowercase(),
                json: self.world.bot_member(self.guild),
            },
        };
        let changes: BTreeMap<u64, Option<&Value>> =
            self.world.changed_members(self.guild).collect();
        let generated = (0..self.guild.members)
            .map(|at| self.guild.member(self.world.seed, at))
            .filter(|member| !changes.contains_key(&member.user.id))
            .map(|member| FoundMember {
                id: member.user.id,
                member: Found::Generated(member),
            });
        let generated: Vec<FoundMember> = generated.collect();
        let changed = changes
            .into_iter()
            .filter(|(id, _)| *id != self.world.bot.id);
        let changed = changed.filter_map(|(id, member)| {
            Some(FoundMember {
                id,
                member: Found::Changed(member?.clone()),
            })
        });
        std::iter::once(bot).chain(generated).chain(changed)
    }
}

/// A member in a reply.
#[derive(Clone)]
struct FoundMember {
    id: u64,
    member: Found,
}

#[derive(Clone)]
enum Found {
    Bot {
        /// In lower case.
        name: String,
        json: Value,
    },
    Generated(Member),
    /// An event has added or changed it.
    Changed(Value),
}

impl FoundMember {
    /// `prefix` is in lower case.
    fn name_starts_with(&self, prefix: &str) -> bool {
        match &self.member {
            Found::Bot { name, .. } => name.starts_with(prefix),
            Found::Generated(member) => member.name_starts_with(prefix),
            Found::Changed(member) => {
                let names = [&member["user"]["username"], &member["nick"]];
                let mut names = names.into_iter().filter_map(Value::as_str);
                names.any(|name| name.to_lowercase().starts_with(prefix))
            }
        }
    }

    fn json(&self) -> Value {
        match &self.member {
            Found::Bot { json, .. } => json.clone(),
            Found::Generated(member) => member.json(),
            Found::Changed(member) => member.clone(),
        }
    }

    /// `None` if the member is offline.
    fn presence(&self) -> Option<Value> {
        match &self.member {
            Found::Bot { .. } => Some(json!({
                "user": {"id": self.id.to_string()},
                "status": "online",
                "processed_at_timestamp": 0,
                "game": null,
                "client_status": {"web": "online"},
                "activities": [],
            })),
            Found::Generated(member) => {
                (member.status != "offline").then(|| presence(member, None))
            }
            Found::Changed(_) => None,
        }
    }
}

/// The reply to a request.
struct Chunks<'a> {
    guild: &'a Guild,
    found: &'a [FoundMember],
    not_found: &'a [u64],
    has_presences: bool,
    nonce: Option<&'a str>,
}

impl Chunks<'_> {
    fn send(&self, outcome: &mut CommandOutcome) {
        let count = self.found.len().div_ceil(MAX_MEMBERS_PER_CHUNK).max(1);
        for index in 0..count {
            let from = index * MAX_MEMBERS_PER_CHUNK;
            let to = self.found.len().min(from + MAX_MEMBERS_PER_CHUNK);
            let members = &self.found[from..to];
            let mut chunk = json!({
                "not_found": self.not_found.iter().map(u64::to_string).collect::<Vec<_>>(),
                "members": members.iter().map(FoundMember::json).collect::<Vec<_>>(),
                "guild_id": self.guild.id.to_string(),
                "chunk_index": index,
                "chunk_count": count,
            });
            if self.has_presences {
                chunk["presences"] = members.iter().filter_map(FoundMember::presence).collect();
            }
            if let Some(nonce) = self.nonce {
                chunk["nonce"] = nonce.into();
            }
            outcome.dispatch("GUILD_MEMBERS_CHUNK", &chunk);
        }
    }
}
