//! What comes of each deviation from the rules of the protocol, and why: the one table of the crate.

use crate::finding::{FindingKind, Outcome};

macro_rules! finding_kinds {
    ($($name:ident: $rule:ident $detail:literal => $outcome:ident $($code:literal)?, $reason:literal;)*) => {
        $(pub(crate) const $name: FindingKind = FindingKind {
            rule: stringify!($rule),
            detail: $detail,
            outcome: finding_kinds!(@outcome $outcome $($code)?),
            reason: $reason,
        };)*

        /// All deviations from the documentation that the gateway detects, by rule.
        ///
        /// The [guide](crate::guide#violations-and-notes) shows them as a table, with the rules that the gateway
        /// does not check.
        ///
        /// ```
        /// use gloaming_emulator::{FINDING_KINDS, Outcome};
        ///
        /// let notes = FINDING_KINDS.iter().filter(|kind| kind.outcome == Outcome::Note);
        /// for kind in notes {
        ///     println!("{}: {} ({})", kind.rule, kind.detail, kind.reason);
        /// }
        /// ```
        pub const FINDING_KINDS: &[FindingKind] = &[$($name),*];
    };
    (@outcome note) => { Outcome::Note };
    (@outcome violation) => { Outcome::Violation };
    (@outcome op9) => { Outcome::InvalidSession };
    (@outcome closed $code:literal) => { Outcome::Closed($code) };
}

finding_kinds! {
    UNSUPPORTED_VERSION: P1 "an API version other than 9 and 10" => closed 4012,
        "4012 is the documented code for an invalid version. The emulator serves those that are listed as available.";
    UNSUPPORTED_ENCODING: P1 "an encoding other than json and etf" => closed 4012,
        "These are the two documented encodings.";
    UNSUPPORTED_COMPRESSION: P1 "a transport compression other than zlib-stream and zstd-stream" => closed 4012,
        "These are the two documented transport compressions.";
    RESUME_WITH_OTHER_QUERY: P1 "a RESUME with another URL query than the session was started with" => violation,
        "A resuming client has to use the same version and encoding as when it started the session.";
    IDENTIFY_BEFORE_HELLO: P3 "an IDENTIFY before HELLO" => violation,
        "A client identifies after it has received HELLO.";
    RESUME_BEFORE_HELLO: P3 "a RESUME before HELLO" => violation,
        "A client resumes after it has received HELLO.";
    LATE_HEARTBEAT: P4 "a heartbeat later than the interval" => violation,
        "A client has to send a heartbeat every interval.";
    MISSING_HEARTBEAT: P4 "no heartbeat within the interval" => closed 4009,
        "A client that misses a heartbeat may be disconnected; 4009 is the code of a session that timed out.";
    HEARTBEAT_ZERO: P5 "a heartbeat with 0 in place of null" => note,
        "Without a sequence, d should be null. oceanic.js and JDA send 0.";
    HEARTBEAT_FUTURE_SEQUENCE: P5 "a heartbeat with a sequence that was never sent" => violation,
        "d is the last sequence number that the client received.";
    HEARTBEAT_OLDER_SEQUENCE: P5 "a heartbeat with a lower sequence than an earlier one" => violation,
        "d is the last sequence number that the client received.";
    HEARTBEAT_NOT_A_WHOLE_NUMBER: P5 "a heartbeat whose sequence is not a whole number" => violation,
        "d is an integer or null.";
    HEARTBEAT_NOT_A_NUMBER: P5 "a heartbeat whose d is neither null nor a number" => violation,
        "d is an integer or null.";
    MISSING_REQUESTED_HEARTBEAT: P6 "no immediate heartbeat after op 1" => violation,
        "A client that receives op 1 has to send a heartbeat without waiting for the interval.";
    ZOMBIE_CLOSED_NORMALLY: P7 "a connection without acknowledgements was closed with 1000 or 1001" => violation,
        "A client that misses an acknowledgement has to close with another code than 1000, and resume.";
    MALFORMED_IDENTIFY: P10 "an IDENTIFY with a missing field or one of the wrong type" => closed 4002,
        "token, properties and intents are required; 4002 is the code of a payload that can't be decoded.";
    TOKEN_WITH_PREFIX: P10 "a token that begins with Bot" => note,
        "The prefix is documented for the Authorization header. discordgo, eris and twilight send it to the gateway as well.";
    INCOMPLETE_PROPERTIES: P10 "an IDENTIFY with a missing or empty connection property" => note,
        "os, browser and device are documented as strings. Discord only collects them.";
    PROPERTIES_WITH_DOLLAR: P10 "connection properties with a dollar sign" => note,
        "The prefix was removed from the documentation with version 10. Older libraries still send it.";
    COMPRESS_NOT_A_BOOLEAN: P10 "an IDENTIFY whose compress is null or a string" => note,
        "compress is a boolean that may be missing. Anything else is as if it were missing.";
    NULL_IN_IDENTIFY: P10 "an IDENTIFY with an optional field that is null" => note,
        "large_threshold, shard and presence may be missing. Libraries that write null for it are served.";
    LARGE_THRESHOLD_OUT_OF_RANGE: P10 "a large_threshold outside of 50 to 250" => closed 4002,
        "large_threshold is a value between 50 and 250.";
    WRONG_TOKEN: P10 "an IDENTIFY with a wrong token" => closed 4004,
        "4004 is the code of a token that is not correct.";
    SHARD_OUT_OF_RANGE: P10 "a shard number that is not below the shard count" => closed 4010,
        "4010 is the code of an invalid shard.";
    UNKNOWN_INTENT: P10 "an intent that does not exist" => closed 4013,
        "4013 is the code of invalid intents.";
    UNDOCUMENTED_INTENT: P10 "an undocumented intent that a setting allows" => note,
        "The bits are not documented. `undocumented_intents` names those that Discord is known to accept.";
    DISALLOWED_INTENT: P10 "a privileged intent that is not enabled" => closed 4014,
        "4014 is the code of an intent that is not enabled for the bot.";
    IDENTIFY_TOO_SOON: P11 "an IDENTIFY within the interval after another with the same rate limit key" => op9,
        "max_concurrency identifies are allowed per 5 seconds; others are answered with op 9.";
    SESSION_STARTS_EXHAUSTED: P12 "an IDENTIFY beyond the daily limit of session starts, which resets the token" => closed 4004,
        "A bot that reaches the limit has its sessions terminated and its token reset.";
    NOT_AUTHENTICATED: P13 "a command before IDENTIFY or RESUME" => closed 4003,
        "4003 is the code of a payload that was sent before the client identified.";
    SECOND_IDENTIFY: P13 "a second IDENTIFY" => closed 4005,
        "4005 is the code of a client that is already authenticated.";
    RESUME_AFTER_AUTHENTICATION: P13 "a RESUME after IDENTIFY or RESUME" => closed 4005,
        "4005 is the code of a client that is already authenticated.";
    IDENTIFY_ON_RESUME_HOST: P14 "an IDENTIFY on the resume host" => violation,
        "resume_gateway_url is for resuming; new sessions start at the URL of GET /gateway/bot.";
    MALFORMED_RESUME: P14 "a RESUME with a missing field or one of the wrong type" => closed 4002,
        "token, session_id and seq are required; 4002 is the code of a payload that can't be decoded.";
    RESUME_WRONG_TOKEN: P14 "a RESUME with a wrong token" => closed 4004,
        "4004 is the code of a token that is not correct.";
    RESUME_FUTURE_SEQUENCE: P14 "a RESUME with a sequence that was never sent" => closed 4007,
        "4007 is the code of an invalid sequence in a RESUME.";
    RESUME_AFTER_INVALID_SESSION: P18 "a RESUME after op 9 with d = false" => op9,
        "d says whether the session can be resumed; if not, the client has to identify.";
    BINARY_JSON: P21 "JSON in a binary message" => note,
        "Payloads in JSON are text. Discord decodes the bytes, whatever the type of the message is.";
    OVERSIZED_PAYLOAD: P21 "a payload over 4096 bytes" => closed 4002,
        "A payload of more than 4096 bytes closes the connection with 4002.";
    SEND_LIMIT_EXCEEDED: P22 "more than 120 payloads in 60 seconds" => closed 4008,
        "120 payloads per connection are allowed in 60 seconds; others disconnect the client at once.";
    TEXT_MESSAGE: P23 "a text message although the encoding is etf" => closed 4002,
        "ETF is binary; 4002 is the code of a payload that can't be decoded.";
    COMPRESSED_MESSAGE: P23 "a compressed payload" => closed 4002,
        "Clients can't send compressed payloads with ETF.";
    ATOM_AS_KEY: P23 "an atom as a key in ETF" => closed 4002,
        "Payloads need string keys with ETF; atom keys are answered with 4002.";
    MALFORMED_ETF: P23 "a payload that is not ETF" => closed 4002,
        "4002 is the code of a payload that can't be decoded.";
    MALFORMED_MEMBER_REQUEST: P24 "an op 8 with a missing field or one of the wrong type or value" => closed 4002,
        "guild_id and one of query and user_ids are required; 4002 is the code of a payload that can't be decoded.";
    GUILDS_IN_A_LIST: P24 "an op 8 whose guild_id is a list of one" => note,
        "A request is for one guild. discordgo puts its id in a list, as older versions of the gateway allowed.";
    NULL_IN_MEMBER_REQUEST: P24 "an op 8 with an optional field that is null" => note,
        "query, limit, presences, user_ids and nonce may be missing. Libraries that write null for it are served.";
    QUERY_WITHOUT_LIMIT: P24 "an op 8 with a query and without a limit" => note,
        "limit is required with query. Without it, it is 0, which means all members.";
    OVERSIZED_NONCE: P24 "a nonce over 32 bytes, which is dropped" => violation,
        "A nonce has up to 32 bytes; longer ones are ignored, so the client can't match the answer.";
    PRESENCES_WITHOUT_INTENT: P24 "a request for presences without GUILD_PRESENCES" => violation,
        "GUILD_PRESENCES is required for presences; they are left out of the answer.";
    ALL_MEMBERS_WITHOUT_INTENT: P24 "a request for all members without GUILD_MEMBERS" => violation,
        "GUILD_MEMBERS is required for the full list; the request is not answered.";
    ALL_MEMBERS_TOO_OFTEN: P25 "a second request for all members of a guild within 30 seconds" => violation,
        "The full list of a guild can be requested once per 30 seconds; RATE_LIMITED is the answer to others.";
    MALFORMED_GUILD_REQUEST: P26 "an op 31 or 43 with a missing field or one of the wrong type or value" => closed 4002,
        "The fields are required; 4002 is the code of a payload that can't be decoded.";
    MALFORMED_STATE_UPDATE: P27 "an op 3 or 4 with a missing field or one of the wrong type or value" => closed 4002,
        "4002 is the code of a payload that can't be decoded. The notes below say which fields may be missing.";
    UNKNOWN_STATUS: P27 "an IDENTIFY with an unknown presence status" => closed 4002,
        "The documentation lists the statuses online, dnd, idle, invisible and offline.";
    PRESENCE_WITHOUT_SINCE: P27 "a presence without since" => note,
        "since is an integer or null, and not marked as optional. oceanic.js and interactions.py leave it out.";
    SINCE_NOT_AN_INTEGER: P27 "a presence whose since is not an integer" => note,
        "since is an integer or null. serenity writes an object, and discord.py a fraction.";
    PRESENCE_WITHOUT_AFK: P27 "a presence without afk" => note,
        "afk is not marked as optional. interactions.py leaves it out.";
    PRESENCE_WITHOUT_ACTIVITIES: P27 "a presence whose activities are null or missing" => note,
        "activities is a list, and not marked as optional. eris writes null.";
    ACTIVITY_AS_GAME: P27 "a presence with game in place of activities" => note,
        "game was replaced by activities in version 8. discord.py, discordgo and hikari still send it.";
    PRESENCE_WITHOUT_STATUS: P27 "a presence whose status is empty, null or missing" => note,
        "status is not marked as optional. discordgo sends an empty text, and discord.py null. The bot is shown as online.";
    STATE_WITHOUT_MUTE_OR_DEAF: P27 "an op 4 without self_mute or self_deaf" => note,
        "Both are booleans, and not marked as optional. hikari leaves them out. A missing one is false.";
    DOUBLE_COMPRESSION: P28 "payload compression together with transport compression" => note,
        "The two can't be combined. discord.py requests both; the transport is compressed, and nothing else.";
    PAYLOAD_COMPRESSION_OF_ETF: P28 "payload compression together with etf, which has none" => violation,
        "Payload compression is for JSON. Nothing is compressed.";
    MALFORMED_PAYLOAD: P32 "a payload that is not an object with an op" => closed 4002,
        "4002 is the code of a payload that can't be decoded.";
    UNKNOWN_OPCODE: P32 "an opcode that clients must not send" => closed 4001,
        "4001 is the code of an opcode that does not exist or is not for clients.";
    TOO_MANY_GUILDS: P35 "a shard with too many guilds" => closed 4011,
        "A shard has up to 2500 guilds; 4011 is the code of a bot that needs more shards.";
    GUILD_OF_OTHER_SHARD: P35 "a command for a guild of another shard" => violation,
        "The shard of a guild follows from its id. A command for a guild of another shard has no effect.";
    WRONG_SHARD_MULTIPLE: P36 "a shard count that is not a multiple of the required number" => closed 4010,
        "Large bots have to use a multiple of the number that Discord gives them.";
}

/// Why there is nothing to find for the rules without a [`FindingKind`], for the guide.
#[cfg(test)]
const UNCHECKED_RULES: &[(&str, &str)] = &[
    ("P2", "The rule describes the responses of REST."),
    (
        "P8",
        "An IDENTIFY while READY is withheld is a second IDENTIFY. Anything else can be an effect of the network.",
    ),
    ("P9", "Heartbeats count towards the limit of payloads."),
    (
        "P15",
        "A client that stays connected after op 7 may be slow to read. What it sends is served.",
    ),
    (
        "P16",
        "A refused handshake has no session. `handshakes_refused` of the counters tells how often a client tried.",
    ),
    ("P17", "The rule describes what the gateway sends."),
    (
        "P19",
        "A client decides whether its session ends. `ended_sessions` tells why each of them did.",
    ),
    ("P20", "The rule describes what the gateway keeps."),
    ("P29", "The rule describes what the gateway sends."),
    ("P30", "The rule describes what the gateway sends."),
    ("P31", "The rule describes what the gateway sends."),
    (
        "P33",
        "Ids may be strings or integers in what a client sends.",
    ),
    ("P34", "The rule describes what the gateway sends."),
    ("P37", "The rule describes what the gateway sends."),
    (
        "P38",
        "A command that crosses op 9, or whose session was forgotten, is closed with 4003 and not held against the client.",
    ),
    (
        "P39",
        "The gateway can't see how long a client waits for an answer that never comes.",
    ),
];

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, env, fs, path::Path};

    use super::*;

    const GUIDE: &str = "docs/guide.md";
    const BEGIN: &str = "<!-- The table is written by `WRITE_TEXTS=1 cargo test -p gloaming-emulator --lib rule_table`. -->\n";
    const END: &str = "<!-- The end of the table. -->\n";

    /// The number of a rule, for the order of rows.
    fn number(rule: &str) -> u32 {
        rule.trim_start_matches('P').parse().expect("a rule")
    }

    /// The table of the guide.
    fn table() -> String {
        let findings = FINDING_KINDS.iter().map(|kind| {
            let (detail, outcome) = (kind.detail, kind.outcome.to_string());
            (kind.rule, detail, outcome, kind.reason)
        });
        let unchecked = UNCHECKED_RULES
            .iter()
            .map(|(rule, reason)| (*rule, "—", "not checked".to_owned(), *reason));
        let mut rows: Vec<_> = findings.chain(unchecked).collect();
        rows.sort_by_key(|(rule, ..)| number(rule));
        let mut table =
            "\n| rule | what the client does | outcome | why |\n|---|---|---|---|\n".to_owned();
        for (rule, detail, outcome, reason) in rows {
            let anchor = rule.to_lowercase();
            table.push_str(&format!(
                "| [{rule}](https://docs.rs/gloaming-protocol/latest/gloaming_protocol/rules/#{anchor}) | {detail} | {outcome} | {reason} |\n"
            ));
        }
        table.push('\n');
        table
    }

    #[test]
    fn guide_shows_the_table() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(GUIDE);
        let guide = fs::read_to_string(&path).unwrap();
        let (before, rest) = guide.split_once(BEGIN).expect("the begin of the table");
        let (shown, after) = rest.split_once(END).expect("the end of the table");
        if env::var_os("WRITE_TEXTS").is_some() {
            fs::write(&path, format!("{before}{BEGIN}{}{END}{after}", table())).unwrap();
        } else {
            assert_eq!(shown, table(), "{GUIDE} shows another table: {BEGIN}");
        }
    }

    #[test]
    fn every_rule_is_in_the_table_in_order() {
        let found = FINDING_KINDS.iter().map(|kind| kind.rule);
        let unchecked = UNCHECKED_RULES.iter().map(|(rule, _)| *rule);
        let rules: BTreeSet<u32> = found.clone().chain(unchecked.clone()).map(number).collect();
        assert_eq!(rules, (1..=39).collect());
        assert!(found.is_sorted_by_key(number));
        assert!(unchecked.is_sorted_by_key(number));
    }

    #[test]
    fn details_and_reasons_are_told_apart() {
        let details: BTreeSet<_> = FINDING_KINDS.iter().map(|kind| kind.detail).collect();
        assert_eq!(
            details.len(),
            FINDING_KINDS.len(),
            "a detail names one kind"
        );
        for kind in FINDING_KINDS {
            assert!(kind.reason.ends_with('.'), "{}", kind.reason);
            assert!(!kind.detail.ends_with('.'), "{}", kind.detail);
        }
    }
}
