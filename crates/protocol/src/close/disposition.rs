/// What a client does after its connection was closed.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Disposition {
    /// Reconnect and resume the session (P15).
    Resume,
    /// Reconnect and identify: the session is gone (P18).
    Reidentify,
    /// Stop: the same configuration would only be refused again.
    Fatal,
}
