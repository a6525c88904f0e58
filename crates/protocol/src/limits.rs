//! The numbers of the protocol, and the bounds that several crates share.
//!
//! Each constant is defined only here, with the rule that it comes from.

use std::ops::RangeInclusive;
use std::time::Duration;

/// The version of the gateway protocol that this crate implements ([P1](crate::rules#p1)).
pub const API_VERSION: u8 = 10;

/// The main URL of Discord's gateway, for clients that did not call `GET /gateway` ([P2](crate::rules#p2)).
pub const GATEWAY_URL: &str = "wss://gateway.discord.gg";

/// The domain of the hosts of Discord's gateway ([P2](crate::rules#p2), [P14](crate::rules#p14)).
pub const GATEWAY_DOMAIN: &str = "discord.gg";

/// The size of the longest URL on which a session is resumed, in bytes ([P14](crate::rules#p14)). Discord's have about
/// 40, and the path of a proxy may add to that. Without a limit, each session would keep whatever the server sends.
pub const MAX_RESUME_URL_BYTES: usize = 2048;

/// The size of the longest session id that is accepted, in bytes ([P14](crate::rules#p14)). Discord's have 32. A longer
/// one leaves no room in RESUME ([P21](crate::rules#p21)), and would be repeated in logs.
pub const MAX_SESSION_ID_BYTES: usize = 256;

/// The URL of Discord's REST API, of which this project uses `GET /gateway/bot` ([P2](crate::rules#p2)).
pub const API_URL: &str = "https://discord.com/api/v10";

/// The minimum time between two identifies with the same rate limit key ([P11](crate::rules#p11)).
pub const IDENTIFY_INTERVAL: Duration = Duration::from_secs(5);

/// The range of the random wait before a client identifies after op 9 with `d: false`
/// ([P18](crate::rules#p18)).
pub const INVALID_SESSION_WAIT: RangeInclusive<Duration> =
    Duration::from_secs(1)..=Duration::from_secs(5);

/// The valid values of `large_threshold` in IDENTIFY, in members ([P10](crate::rules#p10)).
pub const LARGE_THRESHOLD: RangeInclusive<u64> = 50..=250;

/// The default of `large_threshold` in IDENTIFY, in members ([P10](crate::rules#p10)).
pub const DEFAULT_LARGE_THRESHOLD: u64 = 50;

/// The size of the largest payload that the gateway accepts, in bytes ([P21](crate::rules#p21)).
pub const MAX_COMMAND_BYTES: usize = 4096;

/// The maximum number of guilds of a shard ([P35](crate::rules#p35)).
pub const MAX_GUILDS_PER_SHARD: u32 = 2500;

/// The maximum number of members in a GUILD_MEMBERS_CHUNK ([P24](crate::rules#p24)).
pub const MAX_MEMBERS_PER_CHUNK: usize = 1000;

/// The size of the longest nonce that the gateway returns, in bytes ([P24](crate::rules#p24)). It ignores
/// longer ones without an error.
pub const MAX_NONCE_BYTES: usize = 32;

/// The maximum number of users in a request for guild members ([P24](crate::rules#p24)).
pub const MAX_REQUESTED_USERS: usize = 100;

/// The minimum time between two requests for all members of a guild, per bot ([P25](crate::rules#p25)).
pub const FULL_MEMBER_LIST_INTERVAL: Duration = Duration::from_secs(30);

/// The maximum number of payloads that a connection sends per [`SEND_WINDOW`] ([P22](crate::rules#p22)).
pub const SENDS_PER_WINDOW: usize = 120;

/// The maximum number of presence updates that a bot sends per [`PRESENCE_UPDATE_PERIOD`] on a connection
/// ([P27](crate::rules#p27)).
pub const PRESENCE_UPDATES: usize = 5;

/// The time in which [`PRESENCE_UPDATES`] presence updates may be sent ([P27](crate::rules#p27)).
pub const PRESENCE_UPDATE_PERIOD: Duration = Duration::from_secs(20);

/// The time in which [`SENDS_PER_WINDOW`] payloads may be sent ([P22](crate::rules#p22)).
pub const SEND_WINDOW: Duration = Duration::from_secs(60);

/// The time that clients add to [`SEND_WINDOW`] and [`FULL_MEMBER_LIST_INTERVAL`] ([P22](crate::rules#p22),
/// [P25](crate::rules#p25)).
///
/// The server measures when payloads arrive: the network may delay one payload more than the next, so
/// that they arrive closer together than they were sent.
pub const SEND_MARGIN: Duration = Duration::from_secs(1);

/// The period of the limit of session starts ([P12](crate::rules#p12)).
pub const SESSION_START_PERIOD: Duration = Duration::from_secs(24 * 60 * 60);

/// The number of session starts per [`SESSION_START_PERIOD`], for clients that did not call
/// `GET /gateway/bot` ([P12](crate::rules#p12)).
pub const DEFAULT_SESSION_STARTS: u32 = 1000;

/// The default limit on the size of a message from the gateway, inflated, in bytes ([P31](crate::rules#p31)).
///
/// The largest guilds need about 16 MiB.
pub const DEFAULT_MAX_MESSAGE_BYTES: usize = 64 * 1024 * 1024;

/// The number of frames per second that may bring no event: pings, ACKs, unknown opcodes, repeated events, and everything
/// before HELLO.
///
/// A gateway sends one ACK per heartbeat, an occasional op 1 and a ping now and then: a few per minute. A server that sends
/// a thousand per second wants to keep the client busy. That many cost it about a hundredth of a core.
pub const EVENTLESS_FRAMES_PER_SECOND: u32 = 1000;

/// The number of frames without an event that may come at once, beyond [`EVENTLESS_FRAMES_PER_SECOND`].
///
/// They may have gathered in the socket while a slow consumer took nothing: a ping per second for almost three hours.
pub const EVENTLESS_FRAMES_AT_ONCE: u32 = 10_000;

/// The longest wait of a client that may not have read what it waits for, while it sends heartbeats: for an ACK, for RESUMED
/// and for the guilds of READY ([P7](crate::rules#p7), [P17](crate::rules#p17)).
///
/// A consumer may take nothing for minutes, and the connection is fine as long as heartbeats go on. But if only more and
/// more arrives, in place of what is awaited, the wait has to end some time.
pub const MAX_UNREAD_WAIT: Duration = Duration::from_secs(60 * 60);

/// The longest wait of a client that may not have read what it waits for and sends no heartbeats: for a connection and for
/// HELLO ([P3](crate::rules#p3)).
///
/// A server gives up such a client after a minute or two, and the session some minutes later
/// ([P19](crate::rules#p19)).
pub const MAX_UNREAD_WAIT_FOR_HELLO: Duration = Duration::from_secs(10 * 60);

/// The window of Discord's zstd streams, as an exponent of 2 ([P30](crate::rules#p30)).
pub const ZSTD_WINDOW_LOG: u32 = 18;

/// The largest window of a zstd stream that a decoder accepts, as an exponent of 2 ([P31](crate::rules#p31)).
///
/// The window is memory that the stream's header makes the decoder allocate, and zstd itself would allow
/// 128 MiB. These 2 MiB are what a compressor uses at its default level if it does not know the size of
/// the input. A proxy that uses such a compressor works, and so does Discord if it changes
/// [`ZSTD_WINDOW_LOG`].
pub const MAX_ZSTD_WINDOW_LOG: u32 = 21;

/// The size that a decoder's output buffer shrinks back to while messages arrive, in bytes ([P31](crate::rules#p31)). Most
/// events fit. The buffer of a connection on which little arrives is smaller.
pub const MIN_OUTPUT_BUFFER_BYTES: usize = 8 * 1024;

/// The longest time that any timer is set to. The sum of it and the current time can't overflow.
pub const MAX_WAIT: Duration = Duration::from_secs(365 * 24 * 60 * 60);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_have_the_documented_length() {
        assert_eq!(SESSION_START_PERIOD.as_secs(), 86_400);
        assert_eq!(MAX_WAIT.as_secs(), 31_536_000);
        assert_eq!(MAX_UNREAD_WAIT.as_secs(), 3_600);
        assert_eq!(MAX_UNREAD_WAIT_FOR_HELLO.as_secs(), 600);
    }

    #[test]
    fn sizes_have_the_documented_number_of_bytes() {
        assert_eq!(DEFAULT_MAX_MESSAGE_BYTES, 67_108_864);
        assert_eq!(MIN_OUTPUT_BUFFER_BYTES, 8_192);
    }
}
