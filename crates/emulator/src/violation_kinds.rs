//! The rule violations that the gateway detects.

use crate::violation::ViolationResponse;

/// A kind of [`Violation`](crate::Violation) that the gateway detects, and how it responds.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct ViolationKind {
    /// The number of the rule.
    pub rule: &'static str,
    /// What the client did.
    pub detail: &'static str,
    /// How the gateway responds.
    pub response: ViolationResponse,
}

macro_rules! violation_kinds {
    ($($name:ident: $rule:ident $detail:literal => $response:ident $($code:literal)?;)*) => {
        $(pub(crate) const $name: ViolationKind = ViolationKind {
            rule: stringify!($rule),
            detail: $detail,
            response: violation_kinds!(@response $response $($code)?),
        };)*

        /// All kinds of violations that the gateway detects.
        ///
        /// | rule | what the client did | response |
        /// |---|---|---|
        $(#[doc = concat!("| ", stringify!($rule), " | ", $detail, " | ", violation_kinds!(@words $response $($code)?), " |")])*
        ///
        /// `tests/model/violations/every_kind_is_detected.rs` triggers each of them.
        ///
        /// The other rules are about the gateway ([P2](gloaming_protocol::rules#p2),
        /// [P17](gloaming_protocol::rules#p17), [P20](gloaming_protocol::rules#p20), the interval of
        /// [P25](gloaming_protocol::rules#p25), [P29](gloaming_protocol::rules#p29) to
        /// [P31](gloaming_protocol::rules#p31), [P33](gloaming_protocol::rules#p33),
        /// [P34](gloaming_protocol::rules#p34)), or the gateway can't tell a violation from the effects of
        /// the network, and does not report it:
        ///
        /// - a client that stays connected although acknowledgements are overdue, or although op 7 announced the end, may be
        ///   slow to read ([P7](gloaming_protocol::rules#p7), [P15](gloaming_protocol::rules#p15));
        /// - handshakes at a host that refuses them have no session. They are counted in
        ///   [`Stats::handshakes_refused`](crate::Stats::handshakes_refused)
        ///   ([P16](gloaming_protocol::rules#p16));
        /// - a command that crosses op 9, or whose session was forgotten, closes the connection with 4003
        ///   ([P13](gloaming_protocol::rules#p13));
        /// - no heartbeat is late on a connection that was made half-open or slow
        ///   ([P4](gloaming_protocol::rules#p4), [P6](gloaming_protocol::rules#p6));
        /// - the wait after op 9 is no longer documented ([P18](gloaming_protocol::rules#p18)).
        pub const VIOLATION_KINDS: &[ViolationKind] = &[$($name),*];
    };
    (@words recorded) => { "recorded" };
    (@words op9) => { "op 9" };
    (@words closed $code:literal) => { concat!("closed with ", stringify!($code)) };
    (@response recorded) => { ViolationResponse::Recorded };
    (@response op9) => { ViolationResponse::InvalidSession };
    (@response closed $code:literal) => { ViolationResponse::Closed($code) };
}

violation_kinds! {
    UNSUPPORTED_VERSION: P1 "an API version other than 10" => closed 4012;
    UNSUPPORTED_ENCODING: P1 "an encoding other than json and etf" => closed 4012;
    UNSUPPORTED_COMPRESSION: P1 "a transport compression other than zlib-stream and zstd-stream" => closed 4012;
    RESUME_WITH_OTHER_QUERY: P1 "a RESUME with another URL query than the session was started with" => recorded;
    IDENTIFY_BEFORE_HELLO: P3 "an IDENTIFY before HELLO" => recorded;
    RESUME_BEFORE_HELLO: P3 "a RESUME before HELLO" => recorded;
    LATE_HEARTBEAT: P4 "a heartbeat later than the interval" => recorded;
    MISSING_HEARTBEAT: P4 "no heartbeat within the interval" => closed 4009;
    HEARTBEAT_ZERO: P5 "a heartbeat with 0: without a sequence, d must be null" => recorded;
    HEARTBEAT_FUTURE_SEQUENCE: P5 "a heartbeat with a sequence that was never sent" => recorded;
    HEARTBEAT_OLDER_SEQUENCE: P5 "a heartbeat with a lower sequence than an earlier one" => recorded;
    HEARTBEAT_NOT_A_WHOLE_NUMBER: P5 "a heartbeat whose sequence is not a whole number" => recorded;
    HEARTBEAT_NOT_A_NUMBER: P5 "a heartbeat whose d is neither null nor a number" => recorded;
    MISSING_REQUESTED_HEARTBEAT: P6 "no immediate heartbeat after op 1" => recorded;
    ZOMBIE_CLOSED_NORMALLY: P7 "a connection without acknowledgements was closed with 1000 or 1001" => recorded;
    MALFORMED_IDENTIFY: P10 "an IDENTIFY with a missing field or one of the wrong type" => closed 4002;
    EMPTY_PROPERTY: P10 "an IDENTIFY with an empty connection property" => closed 4002;
    LARGE_THRESHOLD_OUT_OF_RANGE: P10 "a large_threshold outside of 50 to 250" => closed 4002;
    WRONG_TOKEN: P10 "an IDENTIFY with a wrong token" => closed 4004;
    SHARD_OUT_OF_RANGE: P10 "a shard number that is not below the shard count" => closed 4010;
    UNKNOWN_INTENT: P10 "an intent that does not exist" => closed 4013;
    DISALLOWED_INTENT: P10 "a privileged intent that is not enabled" => closed 4014;
    IDENTIFY_TOO_SOON: P11 "an IDENTIFY within the interval after another with the same rate limit key" => op9;
    SESSION_STARTS_EXHAUSTED: P12 "an IDENTIFY beyond the daily limit of session starts, which resets the token" => closed 4004;
    NOT_AUTHENTICATED: P13 "a command before IDENTIFY or RESUME" => closed 4003;
    SECOND_IDENTIFY: P13 "a second IDENTIFY" => closed 4005;
    RESUME_AFTER_AUTHENTICATION: P13 "a RESUME after IDENTIFY or RESUME" => closed 4005;
    IDENTIFY_ON_RESUME_HOST: P14 "an IDENTIFY on the resume host" => recorded;
    MALFORMED_RESUME: P14 "a RESUME with a missing field or one of the wrong type" => closed 4002;
    RESUME_WRONG_TOKEN: P14 "a RESUME with a wrong token" => closed 4004;
    RESUME_FUTURE_SEQUENCE: P14 "a RESUME with a sequence that was never sent" => closed 4007;
    RESUME_AFTER_INVALID_SESSION: P18 "a RESUME after op 9 with d = false" => op9;
    BINARY_MESSAGE: P21 "a binary message although the encoding is json" => closed 4002;
    OVERSIZED_PAYLOAD: P21 "a payload over 4096 bytes" => closed 4002;
    SEND_LIMIT_EXCEEDED: P22 "more than 120 payloads in 60 seconds" => closed 4008;
    TEXT_MESSAGE: P23 "a text message although the encoding is etf" => closed 4002;
    COMPRESSED_MESSAGE: P23 "a compressed payload" => closed 4002;
    ATOM_AS_KEY: P23 "an atom as a key in ETF" => closed 4002;
    MALFORMED_ETF: P23 "a payload that is not ETF" => closed 4002;
    MALFORMED_MEMBER_REQUEST: P24 "an op 8 with a missing field or one of the wrong type or value" => closed 4002;
    OVERSIZED_NONCE: P24 "a nonce over 32 bytes, which is dropped" => recorded;
    PRESENCES_WITHOUT_INTENT: P24 "a request for presences without GUILD_PRESENCES" => recorded;
    ALL_MEMBERS_WITHOUT_INTENT: P24 "a request for all members without GUILD_MEMBERS" => recorded;
    ALL_MEMBERS_TOO_OFTEN: P25 "a second request for all members of a guild within 30 seconds" => recorded;
    MALFORMED_GUILD_REQUEST: P26 "an op 31 or 43 with a missing field or one of the wrong type or value" => closed 4002;
    MALFORMED_STATE_UPDATE: P27 "an op 3 or 4 with a missing field or one of the wrong type or value" => closed 4002;
    UNKNOWN_STATUS: P27 "an IDENTIFY with an unknown presence status" => closed 4002;
    DOUBLE_COMPRESSION: P28 "payload compression together with transport compression" => recorded;
    PAYLOAD_COMPRESSION_OF_ETF: P28 "payload compression together with etf, which has none" => recorded;
    MALFORMED_PAYLOAD: P32 "a payload that is not an object with an op" => closed 4002;
    UNKNOWN_OPCODE: P32 "an opcode that clients must not send" => closed 4001;
    TOO_MANY_GUILDS: P35 "a shard with too many guilds" => closed 4011;
    GUILD_OF_OTHER_SHARD: P35 "a command for a guild of another shard" => recorded;
    WRONG_SHARD_MULTIPLE: P36 "a shard count that is not a multiple of the required number" => closed 4010;
}
