//! The table of what clients can do wrong.

use crate::violation::ViolationResponse;

/// Something that a client can do wrong, and what the gateway does then. A [`Violation`](crate::Violation) has the same
/// rule, words and answer.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct ViolationKind {
    /// The rule's number.
    pub rule: &'static str,
    /// What the client did.
    pub detail: &'static str,
    /// What the gateway does.
    pub response: ViolationResponse,
}

macro_rules! violation_kinds {
    ($($rule:ident $detail:literal => $response:ident $($code:literal)?;)*) => {
        /// All that is noticed.
        ///
        /// | rule | what a client did | answer |
        /// |---|---|---|
        $(#[doc = concat!("| ", stringify!($rule), " | ", $detail, " | ", violation_kinds!(@words $response $($code)?), " |")])*
        ///
        /// `tests/model/every_rule_of_the_table_is_known.rs` breaks each of them in turn.
        ///
        /// The other rules say what a gateway does (P2, P17, P20, P25's interval, P29 to P31, P33, P34), or are broken
        /// where a gateway can't tell it from bad luck, and says nothing: a client that stays although acks, or the end
        /// announced by op 7, are overdue may only be slow to read (P7, P15); handshakes at a host that refuses them have
        /// no session, and are counted in [`Stats::handshakes_refused`](crate::Stats::handshakes_refused) (P16); a command
        /// that crossed op 9, or whose session was forgotten, is closed with 4003 and no more (P13); on a connection that
        /// was made half-open or slow, no heartbeat is late (P4, P6); the wait after op 9 is no longer documented (P18).
        pub const VIOLATION_KINDS: &[ViolationKind] = &[$(ViolationKind {
            rule: stringify!($rule),
            detail: $detail,
            response: violation_kinds!(@response $response $($code)?),
        }),*];
    };
    (@words recorded) => { "recorded" };
    (@words op9) => { "op 9" };
    (@words closed $code:literal) => { concat!("closed with ", stringify!($code)) };
    (@response recorded) => { ViolationResponse::Recorded };
    (@response op9) => { ViolationResponse::InvalidSession };
    (@response closed $code:literal) => { ViolationResponse::Closed($code) };
}

violation_kinds! {
    P1 "Invalid API version." => closed 4012;
    P1 "Invalid encoding: this gateway speaks json." => closed 4012;
    P1 "Invalid compression: this gateway speaks zlib-stream, zstd-stream, or none." => closed 4012;
    P1 "a RESUME with another query than the session began with" => recorded;
    P3 "an IDENTIFY before HELLO" => recorded;
    P3 "a RESUME before HELLO" => recorded;
    P4 "a heartbeat came later than the interval" => recorded;
    P4 "no heartbeat came within the interval" => closed 4009;
    P5 "a heartbeat with 0 where no sequence was seen should have null" => recorded;
    P5 "a heartbeat with a sequence that was never sent" => recorded;
    P5 "a heartbeat with an older sequence than the one before" => recorded;
    P5 "a heartbeat whose sequence is no whole number" => recorded;
    P5 "a heartbeat whose d is neither null nor a number" => recorded;
    P6 "the heartbeat that op 1 asked for did not come at once" => recorded;
    P7 "a connection without acks was closed with 1000 or 1001" => recorded;
    P10 "an IDENTIFY that lacks a field or has one of a wrong type" => closed 4002;
    P10 "an empty property" => closed 4002;
    P10 "a large_threshold outside of 50 to 250" => closed 4002;
    P10 "a wrong token" => closed 4004;
    P10 "a shard number that is not below the shard count" => closed 4010;
    P10 "an intent that does not exist" => closed 4013;
    P10 "a privileged intent that is not enabled" => closed 4014;
    P11 "an IDENTIFY sooner than the interval after another of the same rate-limit key" => op9;
    P12 "an IDENTIFY past the daily limit of session starts: the token is reset" => closed 4004;
    P13 "a payload before IDENTIFY or RESUME" => closed 4003;
    P13 "a second IDENTIFY" => closed 4005;
    P13 "a RESUME after IDENTIFY or RESUME" => closed 4005;
    P14 "an IDENTIFY on the host for resuming" => recorded;
    P14 "a RESUME that lacks a field or has one of a wrong type" => closed 4002;
    P14 "a RESUME with a wrong token" => closed 4004;
    P14 "a RESUME with a sequence that was never sent" => closed 4007;
    P18 "a RESUME after op 9 said that there is no session" => op9;
    P21 "a binary message, while the encoding is json" => closed 4002;
    P21 "a payload over 4096 bytes" => closed 4002;
    P22 "over 120 payloads in 60 seconds" => closed 4008;
    P24 "a payload that lacks a field of its opcode or has one of a wrong type or value" => closed 4002;
    P24 "a nonce over 32 bytes, which is dropped" => recorded;
    P24 "presences were asked for without GUILD_PRESENCES" => recorded;
    P24 "all members were asked for without GUILD_MEMBERS" => recorded;
    P25 "all members of a guild were asked for twice in 30 seconds" => recorded;
    P26 "a payload that lacks a field of its opcode or has one of a wrong type or value" => closed 4002;
    P27 "a payload that lacks a field of its opcode or has one of a wrong type or value" => closed 4002;
    P27 "a presence with an unknown status" => closed 4002;
    P28 "payload compression was asked for on top of transport compression" => recorded;
    P32 "a payload that is no JSON object with an op" => closed 4002;
    P32 "an opcode that is not for clients to send" => closed 4001;
    P35 "a shard with too many guilds" => closed 4011;
    P35 "a command for a guild of another shard" => recorded;
    P36 "a shard count that is no multiple of the required one" => closed 4010;
}

/// Whether the table has it.
pub(crate) fn is_known(rule: &str, detail: &str, response: ViolationResponse) -> bool {
    VIOLATION_KINDS
        .iter()
        .any(|row| (row.rule, row.detail, row.response) == (rule, detail, response))
}
