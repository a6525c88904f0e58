//! TCP connections to hosts with several addresses.

use super::endpoint::HostPort;
use crate::net::{ConnectError, ConnectErrorKind};
use futures_util::{StreamExt as _, stream::FuturesUnordered};
use std::{collections::VecDeque, io, net::SocketAddr, time::Duration};
use tokio::{
    net::{TcpStream, lookup_host},
    time::sleep,
};

/// The time after which the next address is tried beside one that does not answer, as RFC 8305
/// recommends.
const ATTEMPT_DELAY: Duration = Duration::from_millis(250);

/// The number of addresses tried for one connection.
const MAX_ADDRESSES: usize = 16;

/// Connects to the first of the host's addresses that answers.
///
/// An address that does not answer, as with a network that drops IPv6, delays the next address by
/// [`ATTEMPT_DELAY`]; one that refuses the connection does not delay it.
pub(super) async fn dial(location: &HostPort) -> Result<TcpStream, ConnectError> {
    let fail = |kind, source: io::Error| {
        ConnectError::new(kind)
            .with_endpoint(location.to_string())
            .with_source(source)
    };

    let addresses = lookup_host((location.host(), location.port()))
        .await
        .map_err(|source| fail(ConnectErrorKind::Resolve, source))?;
    let addresses = alternate_families(addresses);
    if addresses.is_empty() {
        let source = io::Error::new(io::ErrorKind::NotFound, "the name has no addresses");
        return Err(fail(ConnectErrorKind::Resolve, source));
    }

    race(addresses).await.map_err(|failure| {
        let advice = match failure.error.kind() {
            io::ErrorKind::ConnectionRefused => {
                Some("nothing accepts connections there; check that the server runs, and the port")
            }
            _ => None,
        };
        let source = failure.into_source(location);
        fail(ConnectErrorKind::Tcp, source).with_advice(advice)
    })
}

/// A failed attempt to connect to one address.
#[derive(Debug)]
struct FailedAttempt {
    /// `None` if there was no address.
    address: Option<SocketAddr>,
    error: io::Error,
}

impl FailedAttempt {
    /// Returns the error, with the address unless the message has it already.
    fn into_source(self, location: &HostPort) -> io::Error {
        let error = self.error;
        match self.address {
            Some(address) if address.to_string() != location.to_string() => {
                io::Error::new(error.kind(), format!("{address}: {error}"))
            }
            _ => error,
        }
    }
}

async fn race(mut addresses: VecDeque<SocketAddr>) -> Result<TcpStream, FailedAttempt> {
    let mut attempts = FuturesUnordered::new();
    let mut last = FailedAttempt {
        address: None,
        error: io::ErrorKind::AddrNotAvailable.into(),
    };
    loop {
        if let Some(address) = addresses.pop_front() {
            tracing::trace!(%address, "connecting");
            attempts.push(attempt(address));
        }
        loop {
            tokio::select! {
                biased;
                result = attempts.next() => match result {
                    Some(Ok(stream)) => return Ok(stream),
                    Some(Err(failure)) => {
                        last = failure;
                        if !addresses.is_empty() {
                            break;
                        }
                    }
                    None => return Err(last),
                },
                () = sleep(ATTEMPT_DELAY), if !addresses.is_empty() => break,
            }
        }
    }
}

async fn attempt(address: SocketAddr) -> Result<TcpStream, FailedAttempt> {
    let fail = |error| FailedAttempt {
        address: Some(address),
        error,
    };
    let stream = TcpStream::connect(address).await.map_err(fail)?;
    // Heartbeats and commands are small and must not wait for more data.
    stream.set_nodelay(true).map_err(fail)?;
    Ok(stream)
}

/// Orders addresses as the name server does, but alternates between IPv4 and IPv6, so that a family that
/// does not work costs one delay.
fn alternate_families(addresses: impl Iterator<Item = SocketAddr>) -> VecDeque<SocketAddr> {
    let mut addresses = addresses.peekable();
    let Some(first) = addresses.peek().copied() else {
        return VecDeque::new();
    };
    let (mut preferred, mut other): (VecDeque<_>, VecDeque<_>) =
        addresses.partition(|address| address.is_ipv4() == first.is_ipv4());
    let mut ordered = VecDeque::new();
    while !(preferred.is_empty() && other.is_empty()) {
        ordered.extend(preferred.pop_front());
        ordered.extend(other.pop_front());
    }
    ordered.truncate(MAX_ADDRESSES);
    ordered
}

#[cfg(test)]
mod tests {
    use super::{MAX_ADDRESSES, alternate_families, dial, race};
    use crate::{net::ConnectErrorKind, transport::endpoint::HostPort};
    use std::{
        error::Error as _,
        net::{Ipv4Addr, Ipv6Addr, SocketAddr},
    };
    use tokio::net::TcpListener;

    fn v4(last: u8) -> SocketAddr {
        (Ipv4Addr::new(192, 0, 2, last), 443).into()
    }

    fn v6(last: u16) -> SocketAddr {
        (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, last), 443).into()
    }

    #[test]
    fn families_alternate_in_the_order_of_the_resolver() {
        let ordered =
            |addresses: &[SocketAddr]| Vec::from(alternate_families(addresses.iter().copied()));

        assert_eq!(ordered(&[]), []);
        assert_eq!(ordered(&[v4(1), v4(2)]), [v4(1), v4(2)]);
        assert_eq!(
            ordered(&[v6(1), v6(2), v6(3), v4(1)]),
            [v6(1), v4(1), v6(2), v6(3)]
        );
        assert_eq!(ordered(&[v4(1), v6(1), v6(2)]), [v4(1), v6(1), v6(2)]);
        let many: Vec<_> = (0..100).map(v4).collect();
        assert_eq!(ordered(&many).len(), MAX_ADDRESSES);
    }

    #[tokio::test]
    async fn the_next_address_is_tried_after_a_refusal() {
        let closed = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let refusing = closed.local_addr().unwrap();
        drop(closed);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let open = listener.local_addr().unwrap();

        let stream = race([refusing, refusing, open].into()).await.unwrap();
        assert_eq!(stream.peer_addr().unwrap(), open);
        assert!(stream.nodelay().unwrap());
    }

    #[cfg(target_os = "linux")]
    #[tokio::test(start_paused = true)]
    async fn the_next_address_is_tried_beside_a_silent_one() {
        // A Linux listener leaves connections unanswered while its backlog is full.
        let socket = tokio::net::TcpSocket::new_v4().unwrap();
        socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let full = socket.listen(1).unwrap();
        let silent = full.local_addr().unwrap();
        let timeout = std::time::Duration::from_millis(100);
        let queued: Vec<_> =
            std::iter::from_fn(|| std::net::TcpStream::connect_timeout(&silent, timeout).ok())
                .take(64)
                .collect();
        assert!(queued.len() < 64, "the backlog is never full");
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let open = listener.local_addr().unwrap();

        let stream = race([silent, open].into()).await.unwrap();
        assert_eq!(stream.peer_addr().unwrap(), open);
    }

    #[tokio::test]
    async fn the_error_names_the_address_once() {
        let closed = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let refusing = closed.local_addr().unwrap();
        drop(closed);

        for host in ["127.0.0.1", "localhost"] {
            let location = HostPort::new(host, refusing.port());
            let error = dial(&location).await.unwrap_err();
            let text = format!("{error}: {}", error.source().unwrap());
            assert_eq!(error.kind(), ConnectErrorKind::Tcp);
            assert!(text.contains("check that the server runs"), "{text}");
            assert!(text.contains(&location.to_string()), "{text}");
            let shown = text.matches(&refusing.to_string()).count();
            assert_eq!(shown, 1, "{text}");
        }
    }

    #[tokio::test]
    async fn a_name_without_address_is_a_resolve_error() {
        // Labels are at most 63 bytes long, so no name server is asked.
        let host = "a".repeat(64);
        let location = HostPort::new(format!("{host}.invalid"), 80);
        let error = dial(&location).await.unwrap_err();
        assert_eq!(error.kind(), ConnectErrorKind::Resolve);
        assert!(!error.is_fatal());
        assert!(error.to_string().contains(&host));
    }
}
