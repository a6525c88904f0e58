//! The reply codes of SOCKS5 (RFC 1928 section 6).

/// Returns the meaning of a reply other than 0, which stands for success.
pub(super) const fn meaning(reply: u8) -> &'static str {
    match reply {
        1 => "general failure of the proxy",
        2 => "the proxy's rules do not allow the connection",
        3 => "the network is unreachable",
        4 => "the host is unreachable, or its name can't be resolved",
        5 => "the host refused the connection",
        6 => "the time to live expired",
        7 => "the proxy does not support the command",
        8 => "the proxy does not support this type of address",
        _ => "unassigned code",
    }
}
