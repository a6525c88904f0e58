//! The hosts that are reached without proxy.

use super::env_error::ProxyEnvError;
use crate::transport::endpoint::HostPort;
use std::net::IpAddr;

/// The entries of `no_proxy`.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct NoProxy {
    entries: Box<[Entry]>,
}

#[derive(Clone, Debug, Eq, PartialEq)]
struct Entry {
    hosts: Hosts,
    /// `None` for all ports.
    port: Option<u16>,
}

#[derive(Clone, Debug, Eq, PartialEq)]
enum Hosts {
    All,
    /// A name in lower case, and all names below it.
    Domain(Box<str>),
    /// The addresses that have the first bits, as many as `prefix`, in common with `address`.
    Network {
        address: IpAddr,
        prefix: u32,
    },
}

impl NoProxy {
    pub(super) fn parse(variable: &'static str, value: &str) -> Result<Self, ProxyEnvError> {
        value
            .split(|separator: char| separator == ',' || separator.is_whitespace())
            .filter(|entry| !entry.is_empty())
            .map(|entry| {
                Entry::parse(entry).ok_or_else(|| ProxyEnvError::entry(variable, value, entry))
            })
            .collect::<Result<_, _>>()
            .map(|entries| Self { entries })
    }

    pub(super) fn contains(&self, location: &HostPort) -> bool {
        let host = location.host();
        let address: Option<IpAddr> = host.parse().ok();
        let address = address.map(|address| address.to_canonical());
        self.entries.iter().any(|entry| {
            entry.port.is_none_or(|port| port == location.port())
                && entry.hosts.contains(host, address)
        })
    }
}

impl Entry {
    fn parse(entry: &str) -> Option<Self> {
        if let Some((address, prefix)) = entry.split_once('/') {
            return Some(Self {
                hosts: Hosts::network(address.parse().ok()?, Some(prefix.parse().ok()?))?,
                port: None,
            });
        }
        if let Ok(address) = entry.parse() {
            return Some(Self {
                hosts: Hosts::network(address, None)?,
                port: None,
            });
        }
        if let Some(rest) = entry.strip_prefix('[') {
            let (address, port) = rest.split_once(']')?;
            return Some(Self {
                hosts: Hosts::network(IpAddr::V6(address.parse().ok()?), None)?,
                port: match port {
                    "" => None,
                    port => Some(parse_port(port.strip_prefix(':')?)?),
                },
            });
        }
        let (host, port) = match entry.split_once(':') {
            Some((host, port)) => (host, Some(parse_port(port)?)),
            None => (entry, None),
        };
        let hosts = match host.parse() {
            Ok(address) => Hosts::network(address, None)?,
            Err(_) => Hosts::named(host)?,
        };
        Some(Self { hosts, port })
    }
}

impl Hosts {
    fn network(address: IpAddr, prefix: Option<u32>) -> Option<Self> {
        let bits = |address: &IpAddr| if address.is_ipv4() { 32 } else { 128 };
        let given = bits(&address);
        let prefix = prefix.unwrap_or(given);
        if prefix > given {
            return None;
        }
        // Of an IPv4 address that is written as IPv6, the first 96 bits are always the same.
        let canonical = address.to_canonical();
        Some(match prefix.checked_sub(given - bits(&canonical)) {
            Some(prefix) => Self::Network {
                address: canonical,
                prefix,
            },
            None => Self::Network { address, prefix },
        })
    }

    fn named(host: &str) -> Option<Self> {
        if host == "*" {
            return Some(Self::All);
        }
        let name = host
            .strip_prefix("*.")
            .or_else(|| host.strip_prefix('.'))
            .unwrap_or(host);
        let name = without_root(name);
        let is_name = !name.is_empty()
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'));
        is_name.then(|| Self::Domain(name.to_ascii_lowercase().into_boxed_str()))
    }

    fn contains(&self, host: &str, host_address: Option<IpAddr>) -> bool {
        match (self, host_address) {
            (Self::All, _) => true,
            (Self::Domain(name), None) => {
                let host = without_root(host).to_ascii_lowercase();
                host.strip_suffix(&**name)
                    .is_some_and(|below| below.is_empty() || below.ends_with('.'))
            }
            (Self::Network { address, prefix }, Some(host)) => match (address, host) {
                (IpAddr::V4(network), IpAddr::V4(host)) => {
                    let differences = network.to_bits() ^ host.to_bits();
                    differences.checked_shr(32 - prefix).unwrap_or(0) == 0
                }
                (IpAddr::V6(network), IpAddr::V6(host)) => {
                    let differences = network.to_bits() ^ host.to_bits();
                    differences.checked_shr(128 - prefix).unwrap_or(0) == 0
                }
                _ => false,
            },
            (Self::Domain(_), Some(_)) | (Self::Network { .. }, None) => false,
        }
    }
}

/// Removes the dot at the end of a fully qualified name.
fn without_root(name: &str) -> &str {
    name.strip_suffix('.').unwrap_or(name)
}

fn parse_port(port: &str) -> Option<u16> {
    port.parse().ok().filter(|port| *port > 0)
}
