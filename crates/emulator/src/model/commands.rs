//! What a client may ask once it has a session: op 3, 4, 8, 31 and 43 (P24 to P27).

use std::{sync::Arc, time::Instant};

use gloaming_protocol::{
    CloseCode, OpCode,
    limits::{
        FULL_MEMBER_LIST_INTERVAL, MAX_MEMBERS_PER_CHUNK, MAX_NONCE_BYTES, MAX_REQUESTED_USERS,
    },
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use twilight_model::gateway::Intents;

use super::{
    connection::Stage,
    gateway::Gateway,
    input::ConnectionId,
    payload::{
        PresenceUpdate, RequestChannelInfo, RequestGuildMembers, RequestSoundboardSounds,
        Snowflake, VoiceStateUpdate,
    },
    session::SessionKey,
};
use crate::{
    traffic::Event,
    violation::ViolationResponse,
    world::{guild::Guild, guild_create::presence, user::Member},
};

/// A payload that lacks what its opcode needs.
struct Malformed;

impl Gateway {
    pub(super) fn command(&mut self, now: Instant, id: ConnectionId, op: OpCode, d: Value) {
        let Some(connection) = self.connections.get(&id) else {
            return;
        };
        let code = CloseCode::NotAuthenticated;
        let key = match connection.stage {
            Stage::Bound(key) => key,
            // The client could not know.
            Stage::Bereft => return self.close_connection(now, id, code.number()),
            _ => {
                let detail = "a payload before IDENTIFY or RESUME";
                return self.refuse(now, id, "P13", code, detail);
            }
        };
        self.stats.commands += 1;
        let (rule, done) = match op {
            OpCode::PresenceUpdate => ("P27", read(d).and_then(|update| check_presence(&update))),
            OpCode::VoiceStateUpdate => (
                "P27",
                read(d).map(|update| self.move_voice(id, key, &update)),
            ),
            OpCode::RequestGuildMembers => (
                "P24",
                read(d).and_then(|request| self.members(now, id, key, request)),
            ),
            OpCode::RequestSoundboardSounds => {
                ("P26", read(d).map(|request| self.sounds(id, key, &request)))
            }
            _ => (
                "P26",
                read(d).and_then(|request| self.channel_info(id, key, &request)),
            ),
        };
        if let Err(Malformed) = done {
            let detail =
                "a payload that lacks a field of its opcode or has one of a wrong type or value";
            self.refuse(now, id, rule, CloseCode::DecodeError, detail);
        }
    }

    fn move_voice(&mut self, id: ConnectionId, key: SessionKey, update: &VoiceStateUpdate) {
        let Some(guild) = self.guild_of(id, key, update.guild_id).cloned() else {
            return;
        };
        let channel = update.channel_id.map(|Snowflake(id)| id);
        if channel.is_some_and(|id| !guild.has_voice_channel(id)) {
            return;
        }
        let guild_id = guild.id;
        let state = json!({
            "member": self.world.bot_member(&guild),
            "user_id": self.world.bot.id.to_string(),
            "suppress": false,
            "session_id": self.rng.hex(32),
            "self_video": false,
            "self_mute": update.self_mute,
            "self_deaf": update.self_deaf,
            "request_to_speak_timestamp": null,
            "mute": false,
            "guild_id": guild_id.to_string(),
            "deaf": false,
            "channel_id": channel.map(|id| id.to_string()),
        });
        self.fan_out(&Event::in_guild("VOICE_STATE_UPDATE", guild_id, state));
        if channel.is_some() {
            let server = json!({
                "token": self.rng.hex(16),
                "guild_id": guild_id.to_string(),
                "endpoint": "rotterdam1.voice.example:2048",
            });
            self.dispatch_to(key, "VOICE_SERVER_UPDATE".into(), server.to_string().into());
        }
    }

    fn members(
        &mut self,
        now: Instant,
        id: ConnectionId,
        key: SessionKey,
        request: RequestGuildMembers,
    ) -> Result<(), Malformed> {
        if request.query.is_some() == request.user_ids.is_some() {
            return Err(Malformed);
        }
        let nonce = request.nonce.filter(|nonce| {
            let kept = nonce.len() <= MAX_NONCE_BYTES;
            if !kept {
                self.violation(
                    id,
                    "P24",
                    "a nonce over 32 bytes, which is dropped",
                    ViolationResponse::Recorded,
                );
            }
            kept
        });
        let Some(session) = self.sessions.get(&key) else {
            return Ok(());
        };
        let intents = session.intents;
        let Some(guild) = self.guild_of(id, key, request.guild_id).cloned() else {
            return Ok(());
        };
        if request.presences && !intents.contains(Intents::GUILD_PRESENCES) {
            self.violation(
                id,
                "P24",
                "presences were asked for without GUILD_PRESENCES",
                ViolationResponse::Recorded,
            );
        }
        let presences = request.presences && intents.contains(Intents::GUILD_PRESENCES);

        let (found, not_found) = if let Some(ids) = request.user_ids {
            let ids = ids.into_vec();
            if ids.len() > MAX_REQUESTED_USERS {
                return Err(Malformed);
            }
            self.members_by_id(&guild, &ids)
        } else {
            let prefix = request.query.unwrap_or_default();
            let is_full_list = prefix.is_empty() && request.limit == 0;
            if is_full_list && !intents.contains(Intents::GUILD_MEMBERS) {
                self.violation(
                    id,
                    "P24",
                    "all members were asked for without GUILD_MEMBERS",
                    ViolationResponse::Recorded,
                );
                return Ok(());
            }
            if is_full_list && let Some(retry_after) = self.hold_back(now, guild.id) {
                let mut meta = json!({"guild_id": guild.id.to_string()});
                if let Some(nonce) = &nonce {
                    meta["nonce"] = nonce.as_str().into();
                }
                let limited = json!({"opcode": 8, "retry_after": retry_after, "meta": meta});
                self.violation(
                    id,
                    "P25",
                    "all members of a guild were asked for twice in 30 seconds",
                    ViolationResponse::Recorded,
                );
                self.dispatch_to(key, "RATE_LIMITED".into(), limited.to_string().into());
                return Ok(());
            }
            let most = if is_full_list {
                u64::MAX
            } else {
                request.limit.clamp(1, MAX_REQUESTED_USERS as u64)
            };
            (self.members_by_name(&guild, &prefix, most), Vec::new())
        };
        self.send_chunks(key, &guild, &found, &not_found, presences, nonce.as_deref());
        Ok(())
    }

    /// The full list of a guild may be asked for once in 30 s (P25): gives how many seconds are left, if any.
    fn hold_back(&mut self, now: Instant, guild: u64) -> Option<f64> {
        if let Some(last) = self.member_lists.get(&guild) {
            let left = (*last + FULL_MEMBER_LIST_INTERVAL).saturating_duration_since(now);
            if !left.is_zero() {
                return Some(self.settings.told(left).as_secs_f64());
            }
        }
        self.member_lists.insert(guild, now);
        None
    }

    fn members_by_id(&self, guild: &Guild, ids: &[Snowflake]) -> (Vec<Member>, Vec<u64>) {
        let everybody = self.members_by_name(guild, "", u64::MAX);
        let mut found = Vec::new();
        let mut not_found = Vec::new();
        for Snowflake(id) in ids {
            match everybody.iter().find(|member| member.user.id == *id) {
                Some(member) => found.push(member.clone()),
                None => not_found.push(*id),
            }
        }
        (found, not_found)
    }

    fn members_by_name(&self, guild: &Guild, prefix: &str, most: u64) -> Vec<Member> {
        let prefix = prefix.to_lowercase();
        (0..guild.members)
            .map(|at| guild.member(self.world.seed, at))
            .filter(|member| member.is_called(&prefix))
            .take(usize::try_from(most).unwrap_or(usize::MAX))
            .collect()
    }

    fn send_chunks(
        &mut self,
        key: SessionKey,
        guild: &Guild,
        found: &[Member],
        not_found: &[u64],
        presences: bool,
        nonce: Option<&str>,
    ) {
        let count = found.len().div_ceil(MAX_MEMBERS_PER_CHUNK).max(1);
        for index in 0..count {
            let from = index * MAX_MEMBERS_PER_CHUNK;
            let members = &found[from..found.len().min(from + MAX_MEMBERS_PER_CHUNK)];
            let mut chunk = json!({
                "not_found": not_found.iter().map(u64::to_string).collect::<Vec<_>>(),
                "members": members.iter().map(Member::json).collect::<Vec<_>>(),
                "guild_id": guild.id.to_string(),
                "chunk_index": index,
                "chunk_count": count,
            });
            if presences {
                chunk["presences"] = members
                    .iter()
                    .filter(|member| member.status != "offline")
                    .map(|member| presence(member, None))
                    .collect();
            }
            if let Some(nonce) = nonce {
                chunk["nonce"] = nonce.into();
            }
            self.dispatch_to(
                key,
                "GUILD_MEMBERS_CHUNK".into(),
                Arc::from(chunk.to_string()),
            );
        }
    }

    fn sounds(&mut self, id: ConnectionId, key: SessionKey, request: &RequestSoundboardSounds) {
        for guild_id in &request.guild_ids {
            let Some(guild) = self.guild_of(id, key, *guild_id).cloned() else {
                continue;
            };
            let owner = guild.member(self.world.seed, 0).user;
            let sounds: Vec<Value> = (0..)
                .zip(["airhorn", "cricket", "golf clap"])
                .map(|(at, name)| {
                    json!({
                        "volume": 1.0,
                        "user": owner.json(),
                        "sound_id": guild.emoji(1000 + at).to_string(),
                        "name": name,
                        "guild_id": guild.id.to_string(),
                        "emoji_name": "📣",
                        "emoji_id": null,
                        "available": true,
                    })
                })
                .collect();
            let data = json!({"soundboard_sounds": sounds, "guild_id": guild.id.to_string()});
            self.dispatch_to(key, "SOUNDBOARD_SOUNDS".into(), data.to_string().into());
        }
    }

    fn channel_info(
        &mut self,
        id: ConnectionId,
        key: SessionKey,
        request: &RequestChannelInfo,
    ) -> Result<(), Malformed> {
        if request
            .fields
            .iter()
            .any(|field| field != "status" && field != "voice_start_time")
        {
            return Err(Malformed);
        }
        let Some(guild) = self.guild_of(id, key, request.guild_id).cloned() else {
            return Ok(());
        };
        let has = |field: &str| request.fields.iter().any(|asked| asked == field);
        let channels: Vec<Value> = (0..guild.voice_channel_count())
            .map(|at| {
                let mut channel = json!({"id": guild.voice_channel(at).to_string()});
                if has("status") {
                    channel["status"] = if at == 0 {
                        "movie night".into()
                    } else {
                        Value::Null
                    };
                }
                if has("voice_start_time") {
                    let started = crate::world::calendar::Moment::START.unix_seconds();
                    channel["voice_start_time"] =
                        if at == 0 { started.into() } else { Value::Null };
                }
                channel
            })
            .collect();
        let data = json!({"guild_id": guild.id.to_string(), "channels": channels});
        self.dispatch_to(key, "CHANNEL_INFO".into(), data.to_string().into());
        Ok(())
    }

    /// A guild of this session's shard: of others the gateway knows nothing.
    fn guild_of(
        &mut self,
        connection: ConnectionId,
        key: SessionKey,
        Snowflake(id): Snowflake,
    ) -> Option<&Guild> {
        self.world.index_of(id)?;
        if !self.sessions.get(&key)?.is_routed(Some(id)) {
            self.violation(
                connection,
                "P35",
                "a command for a guild of another shard",
                ViolationResponse::Recorded,
            );
            return None;
        }
        self.world.guild(id)
    }
}

fn read<T: DeserializeOwned>(d: Value) -> Result<T, Malformed> {
    serde_json::from_value(d).map_err(|_| Malformed)
}

fn check_presence(update: &PresenceUpdate) -> Result<(), Malformed> {
    if update.has_known_status() {
        Ok(())
    } else {
        Err(Malformed)
    }
}
