//! The client side of SOCKS5 (RFC 1928), with username/password authentication (RFC 1929).

use super::{credentials::Credentials, refusal::Refusal};
use crate::{
    net::{ByteStream, ConnectErrorKind},
    transport::endpoint::HostPort,
};
use std::net::IpAddr;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

const VERSION: u8 = 5;
const CONNECT: u8 = 1;
const SUCCEEDED: u8 = 0;

const NO_AUTHENTICATION: u8 = 0;
const NAME_AND_PASSWORD: u8 = 2;
const NOTHING_ACCEPTABLE: u8 = 0xff;
/// The version of the username/password subnegotiation.
const PASSWORD_VERSION: u8 = 1;

const IPV4: u8 = 1;
const NAME: u8 = 3;
const IPV6: u8 = 4;

/// Returns whether the lengths of both fit into one byte.
pub(super) fn can_encode(name: &[u8], password: &[u8]) -> bool {
    [name, password]
        .iter()
        .all(|part| (1..=255).contains(&part.len()))
}

/// Requests a connection to `target`. Reads no bytes after the replies.
pub(super) async fn connect(
    stream: &mut (dyn ByteStream + '_),
    target: &HostPort,
    credentials: Option<&Credentials>,
) -> Result<(), Refusal> {
    let request = request(target).ok_or_else(Refusal::target)?;
    authenticate(stream, credentials).await?;

    send(stream, &request).await?;
    let [version, reply, _reserved, kind] = receive(stream).await?;
    check_version(version, VERSION)?;
    if reply != SUCCEEDED {
        return Err(Refusal::of(ConnectErrorKind::ProxyReply { reply }));
    }
    // The address that the proxy connects from. It is not used, but the connection starts after it.
    let address_bytes = match kind {
        IPV4 => 4,
        IPV6 => 16,
        NAME => usize::from(stream.read_u8().await?),
        _ => {
            return Err(Refusal::not_a_proxy(
                "the reply has an unknown address type",
            ));
        }
    };
    let mut address_and_port = [0; 255 + 2];
    stream
        .read_exact(&mut address_and_port[..address_bytes + 2])
        .await?;
    Ok(())
}

async fn authenticate(
    stream: &mut (dyn ByteStream + '_),
    credentials: Option<&Credentials>,
) -> Result<(), Refusal> {
    let methods: &[u8] = match credentials {
        Some(_) => &[VERSION, 2, NO_AUTHENTICATION, NAME_AND_PASSWORD],
        None => &[VERSION, 1, NO_AUTHENTICATION],
    };
    send(stream, methods).await?;
    let [version, method] = receive(stream).await?;
    check_version(version, VERSION)?;
    match (method, credentials) {
        (NO_AUTHENTICATION, _) => Ok(()),
        (NAME_AND_PASSWORD, Some(credentials)) => send_password(stream, credentials).await,
        (NOTHING_ACCEPTABLE, None) => Err(Refusal::credentials(
            "the proxy requires credentials, and none are configured",
        )),
        (NOTHING_ACCEPTABLE, Some(_)) => Err(Refusal::credentials(
            "the proxy accepts neither a name and password nor unauthenticated connections",
        )),
        _ => Err(Refusal::not_a_proxy(
            "the proxy chose an authentication method that was not offered",
        )),
    }
}

async fn send_password(
    stream: &mut (dyn ByteStream + '_),
    Credentials { name, password }: &Credentials,
) -> Result<(), Refusal> {
    let mut message = vec![PASSWORD_VERSION];
    for part in [name, password] {
        message.push(u8::try_from(part.len()).expect("the lengths were checked with `can_encode`"));
        message.extend_from_slice(part);
    }
    send(stream, &message).await?;
    let [version, status] = receive(stream).await?;
    check_version(version, PASSWORD_VERSION)?;
    if status == SUCCEEDED {
        Ok(())
    } else {
        Err(Refusal::credentials(
            "the proxy rejected the name and password",
        ))
    }
}

/// Returns `None` if the name is empty or longer than 255 bytes.
fn request(target: &HostPort) -> Option<Vec<u8>> {
    let mut request = vec![VERSION, CONNECT, 0];
    match target.host().parse() {
        Ok(IpAddr::V4(address)) => {
            request.push(IPV4);
            request.extend(address.octets());
        }
        Ok(IpAddr::V6(address)) => {
            request.push(IPV6);
            request.extend(address.octets());
        }
        Err(_) => {
            let name = target.host();
            request.push(NAME);
            request.push(u8::try_from(name.len()).ok().filter(|length| *length > 0)?);
            request.extend(name.as_bytes());
        }
    }
    request.extend(target.port().to_be_bytes());
    Some(request)
}

fn check_version(version: u8, expected: u8) -> Result<(), Refusal> {
    if version == expected {
        Ok(())
    } else {
        Err(Refusal::not_a_proxy(
            "the reply has another protocol version",
        ))
    }
}

async fn send(stream: &mut (dyn ByteStream + '_), bytes: &[u8]) -> Result<(), Refusal> {
    stream.write_all(bytes).await?;
    stream.flush().await?;
    Ok(())
}

async fn receive<const N: usize>(stream: &mut (dyn ByteStream + '_)) -> Result<[u8; N], Refusal> {
    let mut bytes = [0; N];
    stream.read_exact(&mut bytes).await?;
    Ok(bytes)
}
