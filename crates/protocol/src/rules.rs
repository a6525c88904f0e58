//! The rules of Discord's gateway protocol, numbered.
//!
//! Documentation, tests and the emulator's reports cite these numbers. The facts come from Discord's
//! developer documentation (gateway, gateway events, opcodes and status codes, reference, change log) as
//! of August 2026, and for [P37](#p37) to [P39](#p39) from announcements and public reports up to November
//! 2026. If this page and Discord's documentation disagree, Discord's documentation is right.
//!
//! | Topic | Rules |
//! |---|---|
//! | [Connecting](#connecting) | [P1](#p1) [P2](#p2) [P3](#p3) |
//! | [Heartbeats](#heartbeats) | [P4](#p4) [P5](#p5) [P6](#p6) [P7](#p7) [P8](#p8) [P9](#p9) |
//! | [Identifying](#identifying) | [P10](#p10) [P11](#p11) [P12](#p12) [P13](#p13) |
//! | [Resuming](#resuming) | [P14](#p14) [P15](#p15) [P16](#p16) [P17](#p17) [P18](#p18) [P19](#p19) [P20](#p20) |
//! | [Sending](#sending) | [P21](#p21) [P22](#p22) [P23](#p23) [P24](#p24) [P25](#p25) [P26](#p26) [P27](#p27) |
//! | [Compression](#compression) | [P28](#p28) [P29](#p29) [P30](#p30) [P31](#p31) |
//! | [Payloads](#payloads) | [P32](#p32) [P33](#p33) [P34](#p34) |
//! | [Sharding](#sharding) | [P35](#p35) [P36](#p36) |
//! | [Permissions and voice](#permissions-and-voice) | [P37](#p37) [P38](#p38) [P39](#p39) |
//!
//! # Connecting
//!
//! ## P1
//!
//! **The URL's query.** A client connects with `v=10`, `encoding=json` or `encoding=etf`, and optionally
//! `compress=zlib-stream` or `compress=zstd-stream`. The query is the same for every connection, whether
//! it resumes a session or not.
//!
//! ## P2
//!
//! **Finding the gateway.** `GET /gateway` returns the URL. `GET /gateway/bot`, which requires the bot's
//! token, also returns the recommended number of shards and the session start limit: `total`,
//! `remaining`, `reset_after` in milliseconds, and `max_concurrency`. Clients cache the URL and request
//! it again only after it stops working.
//!
//! ## P3
//!
//! **HELLO.** The first payload of a connection is HELLO (op 10). It contains `heartbeat_interval` in
//! milliseconds. RECONNECT (op 7) may arrive before HELLO or in its place: the client then reconnects,
//! which uses no identify.
//!
//! # Heartbeats
//!
//! ## P4
//!
//! **Schedule.** The client sends the first heartbeat after the interval multiplied by a random factor
//! between 0 and 1, and one per interval from then on.
//!
//! ## P5
//!
//! **Content.** `d` of a heartbeat is the last sequence number received, or `null` if none was received
//! yet. It is never 0 in place of `null`.
//!
//! ## P6
//!
//! **On request.** If the server sends op 1, the client sends a heartbeat immediately instead of waiting
//! for the interval. That op 1 has no sequence number and no name.
//!
//! ## P7
//!
//! **Missing acknowledgements.** If no acknowledgement (op 11) arrives between two scheduled heartbeats,
//! the connection is dead. The client closes it with a code other than 1000 and 1001, reconnects, and
//! resumes. An acknowledgement may wait unread behind other messages, so a slow reader is not a sign of
//! a dead connection.
//!
//! ## P8
//!
//! **While waiting for READY.** Heartbeats continue. During an outage, a server may acknowledge them and
//! withhold READY: the client keeps the connection and does not identify on it again.
//!
//! ## P9
//!
//! **Share of the send limit.** All heartbeats count toward [P22](#p22), including those that the server
//! requested. Clients reserve a part of the limit for them.
//!
//! # Identifying
//!
//! ## P10
//!
//! **IDENTIFY.** `token`, `properties` and `intents` are required. Optional are `compress` (see
//! [P28](#p28); false by default), `large_threshold` from 50 to 250 (50 by default), `shard`, `presence`
//! and `capabilities` (a bit field, 0 by default). Bit 15 of `capabilities` requested [P37](#p37) before that
//! applied to all bots.
//!
//! ## P11
//!
//! **Concurrency.** Shards are divided by the rate limit key `shard_id % max_concurrency`. One shard per
//! key may identify in any 5 seconds, and the shards of a key start in ascending order. A violation is
//! answered with op 9.
//!
//! ## P12
//!
//! **Daily limit.** All shards and processes of a bot share a limit of session starts per 24 hours,
//! usually 1000. A bot that exhausts it loses all of its sessions, its token is reset, and its owner is
//! notified, so a client must stop before that. Resuming does not count.
//!
//! ## P13
//!
//! **Once per connection.** A second IDENTIFY closes the connection with 4005. Any payload other than a
//! heartbeat before IDENTIFY or RESUME closes it with 4003.
//!
//! # Resuming
//!
//! ## P14
//!
//! **RESUME.** The client connects to the `resume_gateway_url` of READY with the query of [P1](#p1), waits
//! for HELLO, and sends op 6 with the token, the session id, and the last sequence number. It does not
//! identify.
//!
//! ## P15
//!
//! **When to resume.** After op 7, after a resumable close code, after a connection that ended without a
//! close code, and after op 9 with `d: true`.
//!
//! ## P16
//!
//! **If the resume host fails.** The client resumes on the main URL, and identifies if that fails too.
//! According to public reports, resume hosts answered handshakes with HTTP status 503 for hours in September
//! 2026 while the main host was healthy: clients that tried only the resume host did not recover.
//!
//! ## P17
//!
//! **What RESUME brings.** The missed events arrive in order, followed by RESUMED. RESUMED contains no URL:
//! the resume host stays the same.
//!
//! ## P18
//!
//! **Invalid session.** After op 9 with `d: false`, the client discards the session, connects to the main
//! URL, and identifies. Discord's staff recommends a random wait of 1 to 5 seconds before that.
//!
//! ## P19
//!
//! **Closing by the client.** The close codes 1000 and 1001 end the session, and the bot appears offline.
//! After any other code, or a connection that ends without one, the server keeps the session for a few
//! minutes.
//!
//! ## P20
//!
//! **Replay buffer.** The server keeps a limited number of events for each session. A client that missed
//! more than that gets op 9 with `d: false`. Discord's staff once named `max(100, min(3500, guilds * 75))`
//! events; the documentation names no number.
//!
//! # Sending
//!
//! ## P21
//!
//! **Size.** A payload has at most 4096 bytes. A larger one closes the connection with 4002.
//!
//! ## P22
//!
//! **Rate.** A connection carries at most 120 payloads in any 60 seconds, including heartbeats, IDENTIFY
//! and RESUME. One more closes it with 4008.
//!
//! ## P23
//!
//! **ETF.** With `encoding=etf`, payloads are binary messages in Erlang's External Term Format. Ids are strings
//! or integers. The keys of what a client sends are strings (ETF binaries), and nothing of it is compressed:
//! atoms as keys close the connection with 4002.
//!
//! ## P24
//!
//! **Requesting guild members (op 8).** A request names one guild, and either a `query` or `user_ids`,
//! which return at most 100 members. A request for all members requires the intent `GUILD_MEMBERS`, and
//! `presences` requires `GUILD_PRESENCES`. The server ignores a nonce of more than 32 bytes. Answers are
//! GUILD_MEMBERS_CHUNK events of up to 1000 members, with `chunk_index` and `chunk_count`.
//!
//! ## P25
//!
//! **Requesting all members.** A bot may request all members of a guild once per 30 seconds. The event
//! RATE_LIMITED answers a request that comes earlier. It contains `opcode`, `retry_after` in seconds, and
//! in `meta` the guild and the nonce.
//!
//! ## P26
//!
//! **Requesting sounds and channel info.** Op 31 requests the soundboard sounds of guilds: one
//! SOUNDBOARD_SOUNDS event per guild answers it. Op 43 requests the fields `status` and `voice_start_time`
//! of a guild's channels: CHANNEL_INFO answers it.
//!
//! ## P27
//!
//! **Presence and voice state.** Op 3 sets the bot's presence, at most five times in 20 s. Op 4 joins, moves to, or leaves a voice
//! channel. VOICE_SERVER_UPDATE with `endpoint: null` means that no voice server is available yet and
//! that another VOICE_SERVER_UPDATE follows.
//!
//! # Compression
//!
//! ## P28
//!
//! **Payload compression.** With `compress: true` in IDENTIFY, each binary message is a complete zlib
//! stream, and some messages remain text. It can't be combined with [P29](#p29) or [P30](#p30), nor with ETF.
//!
//! ## P29
//!
//! **zlib-stream.** A connection has one zlib context. A message ends with the bytes `00 00 FF FF`, and
//! may be split into several WebSocket messages at any byte.
//!
//! ## P30
//!
//! **zstd-stream.** A connection has one zstd context. Each WebSocket message contains one complete message
//! of the gateway, but does not end a zstd frame: the decoder continues until the input is consumed and
//! nothing is left to write.
//!
//! ## P31
//!
//! **Limits.** Every connection starts with a fresh context, whether it resumes a session or not. The
//! inflated size of a message must be limited.
//!
//! # Payloads
//!
//! ## P32
//!
//! **Envelope.** A payload is an object with `op`, `d`, `s` and `t` in any order. `s` and `t` are null
//! unless `op` is 0. A client remembers the last `s`, even if it ignores the event or can't parse it.
//!
//! ## P33
//!
//! **Ids.** Ids are strings. In answers to malformed requests they may be integers.
//!
//! ## P34
//!
//! **Undocumented events and fields.** They exist and change. A client neither fails on them nor drops
//! them silently. A GUILD_CREATE may describe an unavailable guild. A GUILD_DELETE without `unavailable`
//! means that the bot is no longer a member. Announced, but not yet documented, are
//! GUILD_JOIN_REQUEST_CREATE, _UPDATE and _DELETE (intent GUILD_MODERATION) and
//! GUILD_SCHEDULED_EVENT_EXCEPTION_CREATE, _UPDATE and _DELETE. Since 2026, READY has
//! `application.flags_new` (all flags, as a string), a presence may have `client_status.vr`, and
//! MESSAGE_CREATE has `channel_type`.
//!
//! # Sharding
//!
//! ## P35
//!
//! **Routing.** The shard of a guild is `(guild_id >> 22) % num_shards`. Events without a guild, such as direct
//! messages, subscriptions and entitlements, go to shard 0. A shard serves at most 2500 guilds, or it is closed with 4011. `num_shards` is only used for routing:
//! sessions with different values may exist at the same time, which allows a bot to change the number of
//! shards without downtime.
//!
//! ## P36
//!
//! **Large bots.** A bot in more than 150,000 guilds must use a multiple of the number of shards that
//! Discord assigned to it, or its shards are closed with 4010.
//!
//! # Permissions and voice
//!
//! ## P37
//!
//! **Hidden channels.** Since November 16, 2026, channels that the bot can't view are obfuscated in
//! GUILD_CREATE, CHANNEL_CREATE and CHANNEL_UPDATE. Their `name` is `___hidden___`, `flags` has bit 17 set,
//! one permission overwrite denies `VIEW_CHANNEL` to everyone, and the other fields are null. Only `id`,
//! `type`, `position` and `parent_id` are reliable. A bot can view a channel if it has `VIEW_CHANNEL` there or
//! is connected to its voice, and a category also if it can view a channel in it. A complete CHANNEL_UPDATE
//! follows when the bot gains access, for the parent category too. REST responses omit such channels, and
//! interactions show them.
//!
//! ## P38
//!
//! **Revoked sessions and intents.** Close code 4003 is also used for a session that Discord invalidated. A
//! privileged intent can be revoked while the bot runs: the connection is closed with 4003, and the next
//! IDENTIFY is rejected with 4014.
//!
//! ## P39
//!
//! **Full voice channels.** An attempt to join a full voice channel is answered with neither
//! VOICE_STATE_UPDATE nor VOICE_SERVER_UPDATE, so waiting for them requires a deadline.

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    /// Reports and links cite the anchors `#p1` to `#p39`, which rustdoc makes of these headings.
    #[test]
    fn every_rule_has_a_heading_in_order() {
        let source = include_str!("rules.rs");
        let headings: Vec<&str> = source
            .lines()
            .filter_map(|line| line.strip_prefix("//! ## "))
            .collect();
        let numbers: Vec<String> = (1..=39).map(|number| format!("P{number}")).collect();
        assert_eq!(headings, numbers);
    }

    #[test]
    fn the_table_of_topics_links_every_rule() {
        let source = include_str!("rules.rs");
        let links: String = source
            .lines()
            .filter(|line| line.starts_with("//! | ["))
            .filter_map(|line| line.split(" | ").nth(2))
            .map(|cell| cell.trim_end_matches(" |").to_owned() + " ")
            .collect();
        let mut expected = String::new();
        for number in 1..=39 {
            write!(expected, "[P{number}](#p{number}) ").expect("a string takes any text");
        }
        assert_eq!(links, expected);
    }
}
