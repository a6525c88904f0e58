//! The numbers of the protocol, each with the rule that it comes from.

use std::ops::RangeInclusive;
use std::time::Duration;

/// The gateway version this crate speaks (P1).
pub const API_VERSION: u8 = 10;

/// The main gateway, for when `GET /gateway` was not asked (P2).
pub const GATEWAY_URL: &str = "wss://gateway.discord.gg";

/// Identifies of one rate-limit key are at least this far apart (P11).
pub const IDENTIFY_INTERVAL: Duration = Duration::from_secs(5);

/// Wait, chosen at random from this range, before identifying after op 9 with `d: false` (P18).
pub const INVALID_SESSION_WAIT: RangeInclusive<Duration> =
    Duration::from_secs(1)..=Duration::from_secs(5);

/// What `large_threshold` of an identify may be, in members (P10).
pub const LARGE_THRESHOLD: RangeInclusive<u64> = 50..=250;

/// `large_threshold` where none is given, in members (P10).
pub const LARGE_THRESHOLD_DEFAULT: u64 = 50;

/// Size of the largest payload the gateway accepts, in bytes (P21).
pub const MAX_COMMAND_BYTES: usize = 4096;

/// Guilds a shard may have before the gateway refuses it (P35).
pub const MAX_GUILDS_PER_SHARD: u32 = 2500;

/// Members in one GUILD_MEMBERS_CHUNK (P24).
pub const MAX_MEMBERS_PER_CHUNK: usize = 1000;

/// Size of the longest nonce the gateway keeps, in bytes; longer ones it drops in silence (P24).
pub const MAX_NONCE_BYTES: usize = 32;

/// Users that one request for guild members may name (P24).
pub const MAX_REQUESTED_USERS: usize = 100;

/// A request for all members of a guild may be sent once in this time, per guild and bot (P25).
pub const FULL_MEMBER_LIST_INTERVAL: Duration = Duration::from_secs(30);

/// Payloads a connection may send in one [`SEND_WINDOW`] (P22).
pub const SENDS_PER_WINDOW: usize = 120;

/// The window of [`SENDS_PER_WINDOW`] (P22).
pub const SEND_WINDOW: Duration = Duration::from_secs(60);

/// Period of the limit on identifies that all shards and processes of a bot share (P12).
pub const SESSION_START_PERIOD: Duration = Duration::from_secs(24 * 60 * 60);

/// Identifies in one [`SESSION_START_PERIOD`] where `GET /gateway/bot` was not asked (P12).
pub const SESSION_STARTS_DEFAULT: u32 = 1000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_of_session_starts_is_a_day() {
        assert_eq!(SESSION_START_PERIOD.as_secs(), 86_400);
    }
}
