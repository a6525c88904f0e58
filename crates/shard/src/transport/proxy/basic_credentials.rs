//! HTTP Basic credentials (RFC 7617).

use super::credentials::Credentials;
use data_encoding::BASE64;

/// Returns whether the encoding can represent this name and password.
pub(super) fn can_encode(name: &[u8], password: &[u8]) -> bool {
    let has_control = [name, password].concat().iter().any(u8::is_ascii_control);
    !has_control && !name.contains(&b':')
}

/// Returns the value of the `Proxy-Authorization` header. Secret.
pub(super) fn header_value(credentials: &Credentials) -> String {
    let Credentials { name, password } = credentials;
    let pair = [&**name, b":", &**password].concat();
    format!("Basic {}", BASE64.encode(&pair))
}

#[cfg(test)]
mod tests {
    use super::{Credentials, can_encode, header_value};

    #[test]
    fn examples_of_the_rfc_are_encoded() {
        for (name, password, expected) in [
            (
                "Aladdin",
                "open sesame",
                "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==",
            ),
            ("test", "123\u{a3}", "Basic dGVzdDoxMjPCow=="),
        ] {
            assert!(can_encode(name.as_bytes(), password.as_bytes()));
            let credentials = Credentials {
                name: name.as_bytes().into(),
                password: password.as_bytes().into(),
            };
            assert_eq!(header_value(&credentials), expected);
        }
    }

    #[test]
    fn names_with_colons_and_control_characters_are_rejected() {
        assert!(!can_encode(b"a:b", b"c"));
        assert!(can_encode(b"a", b"b:c"));
        assert!(can_encode(b"", b""));
        assert!(!can_encode(b"a", b"b\r\nX: y"));
    }
}
