//! The name and password for a proxy.

/// A name and a password. Secret, so there is no `Debug`.
#[derive(Clone, Eq, PartialEq)]
pub(super) struct Credentials {
    pub(super) name: Box<[u8]>,
    pub(super) password: Box<[u8]>,
}
