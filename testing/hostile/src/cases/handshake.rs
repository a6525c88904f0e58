//! The HTTP response to the WebSocket handshake.

use super::case;
use crate::{
    Attack::{self, Bytes, Endless, Silence},
    Case, Family, Reached,
    Reaction::Reconnects,
    Then,
};

const UPGRADE: &str =
    "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n";

pub(super) fn cases() -> Vec<Case> {
    let of = |name, attack: Attack| {
        case(
            Family::Handshake,
            Reached::Handshake,
            name,
            attack,
            Reconnects,
        )
    };
    vec![
        of("no response", Silence),
        of("the end instead of a response", Silence).then(Then::End),
        of("a reset instead of a response", Silence).then(Then::Reset),
        of(
            "another protocol",
            Bytes(|| b"SSH-2.0-OpenSSH_9.9\r\n\r\n".to_vec()),
        ),
        of("binary garbage", Bytes(|| vec![0xff; 4096])).then(Then::End),
        of("zeros", Bytes(|| vec![0; 4096])).then(Then::End),
        of("a line without an end", Endless(|| vec![b'a'; 4096])),
        of(
            "headers without an end",
            Endless(|| b"HTTP/1.1 101 Go\r\nX-More: more\r\n".repeat(100)),
        ),
        of(
            "one header of a megabyte",
            Bytes(|| format!("{UPGRADE}X: {}\r\n\r\n", "x".repeat(1 << 20)).into()),
        ),
        of(
            "ten thousand headers",
            Bytes(|| format!("{UPGRADE}{}\r\n", "X: y\r\n".repeat(10_000)).into()),
        ),
        of("half a response", Bytes(|| UPGRADE.into())),
        of("half a response and the end", Bytes(|| UPGRADE.into())).then(Then::End),
        of(
            "101 without a key",
            Bytes(|| format!("{UPGRADE}\r\n").into()),
        ),
        of(
            "101 with the key of another",
            Bytes(|| {
                format!("{UPGRADE}Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n")
                    .into()
            }),
        ),
        of(
            "101 with an empty key",
            Bytes(|| format!("{UPGRADE}Sec-WebSocket-Accept:\r\n\r\n").into()),
        ),
        of(
            "101 without an upgrade",
            Bytes(|| b"HTTP/1.1 101 Switching Protocols\r\n\r\n".to_vec()),
        ),
        of(
            "101 of HTTP/1.0",
            Bytes(|| b"HTTP/1.0 101 Switching Protocols\r\n\r\n".to_vec()),
        ),
        of(
            "200",
            Bytes(|| b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}".to_vec()),
        ),
        of(
            "a redirect",
            Bytes(|| b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\n\r\n".to_vec()),
        ),
        of(
            "401",
            Bytes(|| b"HTTP/1.1 401 Unauthorized\r\n\r\n".to_vec()),
        ),
        of(
            "403 of a firewall",
            Bytes(|| {
                b"HTTP/1.1 403 Forbidden\r\n\r\n<html>\x1b[31merror code: 1015</html>".to_vec()
            }),
        ),
        of("404", Bytes(|| b"HTTP/1.1 404 Not Found\r\n\r\n".to_vec())),
        of(
            "429 that asks to wait for no time",
            Bytes(|| b"HTTP/1.1 429 Too Many Requests\r\nRetry-After: 0\r\n\r\n".to_vec()),
        ),
        of(
            "429 that asks to wait for a negative time",
            Bytes(|| b"HTTP/1.1 429 Too Many Requests\r\nRetry-After: -1e308\r\n\r\n".to_vec()),
        ),
        of(
            "429 that asks to wait for words",
            Bytes(|| b"HTTP/1.1 429 Too Many Requests\r\nRetry-After: \x1b[2J\r\n\r\n".to_vec()),
        ),
        of(
            "503",
            Bytes(|| b"HTTP/1.1 503 Service Unavailable\r\n\r\n".to_vec()),
        ),
        of(
            "503 with a body of a megabyte",
            Bytes(|| {
                let head = "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 1048576\r\n\r\n";
                format!("{head}{}", "x".repeat(1 << 20)).into()
            }),
        ),
        of(
            "status 999",
            Bytes(|| b"HTTP/1.1 999 \x00\x1b[2J\r\n\r\n".to_vec()),
        ),
        of("status -1", Bytes(|| b"HTTP/1.1 -1 No\r\n\r\n".to_vec())),
        of(
            "a status of a thousand digits",
            Bytes(|| format!("HTTP/1.1 {}\r\n\r\n", "9".repeat(1000)).into()),
        ),
        of(
            "a request instead of a response",
            Bytes(|| b"GET / HTTP/1.1\r\nHost: you\r\n\r\n".to_vec()),
        ),
    ]
}
