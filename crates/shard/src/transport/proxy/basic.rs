//! Basic credentials, as HTTP sends them (RFC 7617).

use super::Credentials;
use data_encoding::BASE64;

/// Whether the other side can read these as what they are.
pub(super) fn can_hold(name: &[u8], password: &[u8]) -> bool {
    let has_control = [name, password].concat().iter().any(u8::is_ascii_control);
    !has_control && !name.contains(&b':')
}

/// The value of a `Proxy-Authorization` header. A secret.
pub(super) fn header(credentials: &Credentials) -> String {
    let Credentials { name, password } = credentials;
    let pair = [&**name, b":", &**password].concat();
    format!("Basic {}", BASE64.encode(&pair))
}

#[cfg(test)]
mod tests {
    use super::{Credentials, can_hold, header};

    #[test]
    fn the_examples_of_the_rfc() {
        for (name, password, expected) in [
            (
                "Aladdin",
                "open sesame",
                "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==",
            ),
            ("test", "123\u{a3}", "Basic dGVzdDoxMjPCow=="),
        ] {
            assert!(can_hold(name.as_bytes(), password.as_bytes()));
            let credentials = Credentials {
                name: name.as_bytes().into(),
                password: password.as_bytes().into(),
            };
            assert_eq!(header(&credentials), expected);
        }
    }

    #[test]
    fn a_colon_ends_the_name() {
        assert!(!can_hold(b"a:b", b"c"));
        assert!(can_hold(b"a", b"b:c"));
        assert!(can_hold(b"", b""));
        assert!(!can_hold(b"a", b"b\r\nX: y"));
    }
}
