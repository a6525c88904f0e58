/// What a client does after the gateway closed its connection.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Disposition {
    /// Reconnect and resume the session ([P15](crate::rules#p15)).
    Resume,
    /// Reconnect and identify, since the session is invalid ([P18](crate::rules#p18)).
    Reidentify,
    /// Stop, since the gateway would reject the same configuration again.
    Fatal,
}
