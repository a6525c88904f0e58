//! Why there are no more attempts.

/// Why the recommended number of shards is not known.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum GatewayInfoErrorKind {
    /// The request can't be sent (configuration).
    Misconfigured,
    /// Discord does not accept the token: HTTP 401 (configuration).
    Token,
    /// Discord, or a proxy, refuses this bot or this machine: HTTP 403 (configuration or network).
    Forbidden,
    /// The server at the API URL does not have the resource: any other HTTP status from 300 to 499, or an undocumented
    /// one (configuration).
    Rejected,
    /// Discord rate limits the request beyond the deadline: HTTP 429 (the bot, or others behind the same address).
    RateLimited,
    /// The server had an error until the deadline: HTTP 500 to 599 (peer).
    Unavailable,
    /// No complete response arrived until the deadline (network or peer).
    Unreachable,
    /// The successful responses were not the documented object (peer, or a proxy in between).
    Undecodable,
    /// Discord recommended zero shards (peer).
    NoShards,
}
