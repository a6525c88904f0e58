//! What resuming needs.

use gloaming_protocol::ShardId;
use serde::{Deserialize, Serialize};

/// A gateway session: everything that RESUME needs ([P14](gloaming_protocol::rules#p14)). Store it to resume
/// after a restart.
///
/// It includes the [shard](Self::shard) that it was identified as. Another shard does not resume it and identifies, since
/// with another number of shards, the events of a guild would arrive twice or not at all
/// ([P35](gloaming_protocol::rules#p35)).
///
/// Serializes to a small map. `resume_url` and `shard` may be absent in stored data, such as a session stored by another
/// library. It is then resumed on the main URL, by the shard that is given it.
///
/// ```
/// use gloaming_machine::Session;
///
/// let session = Session::new(42, "d8c3b5".to_owned())
///     .with_resume_url("wss://gateway-us-east1-b.discord.gg".to_owned());
/// let stored = serde_json::to_string(&session)?;
/// assert_eq!(serde_json::from_str::<Session>(&stored)?, session);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Session {
    /// Stored by twilight-gateway 0.14 under another name.
    #[serde(alias = "session_id")]
    id: Box<str>,
    sequence: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    resume_url: Option<Box<str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    shard: Option<ShardId>,
}

impl Session {
    /// Creates a session from the sequence of its last event and its id.
    #[must_use]
    pub fn new(sequence: u64, session_id: String) -> Self {
        Self {
            id: session_id.into_boxed_str(),
            sequence,
            resume_url: None,
            shard: None,
        }
    }

    /// Adds the `resume_gateway_url` that READY named for this session.
    #[must_use]
    pub fn with_resume_url(mut self, url: String) -> Self {
        self.resume_url = Some(url.into_boxed_str());
        self
    }

    /// Removes the URL from the session.
    pub(crate) fn take_resume_url(mut self) -> (Self, Option<String>) {
        let url = self.resume_url.take().map(String::from);
        (self, url)
    }

    /// Adds the shard that the session was identified as. Without it, any shard resumes the session.
    #[must_use]
    pub const fn with_shard(mut self, shard: ShardId) -> Self {
        self.shard = Some(shard);
        self
    }

    /// The session's id, from READY.
    #[must_use]
    pub const fn id(&self) -> &str {
        &self.id
    }

    /// The sequence of the last event received in this session.
    #[must_use]
    pub const fn sequence(&self) -> u64 {
        self.sequence
    }

    /// The host on which this session is best resumed, from READY.
    ///
    /// A session of a [`Machine`](crate::Machine) has only a URL that the token may be
    /// [sent to](gloaming_protocol::ResumeHosts), and none that [recovery](crate::RecoveryStep) has given up: once the
    /// machine continues on the main URL, the session names no other, whether it is resumed by this process or the next.
    #[must_use]
    pub fn resume_url(&self) -> Option<&str> {
        self.resume_url.as_deref()
    }

    /// The shard that the session was identified as, if it is known.
    #[must_use]
    pub const fn shard(&self) -> Option<ShardId> {
        self.shard
    }

    /// Moves the session to another sequence.
    pub const fn set_sequence(&mut self, sequence: u64) {
        self.sequence = sequence;
    }
}

#[cfg(test)]
mod tests {
    use super::Session;
    use gloaming_protocol::ShardId;

    fn stored(json: &str) -> Result<Session, serde_json::Error> {
        serde_json::from_str(json)
    }

    #[test]
    fn the_shard_is_stored() {
        let session = Session::new(42, "d8c3b5".to_owned()).with_shard(ShardId::new(1, 3));
        let json = r#"{"id":"d8c3b5","sequence":42,"shard":[1,3]}"#;
        assert_eq!(serde_json::to_string(&session).unwrap(), json);
        assert_eq!(stored(json).unwrap(), session);
        assert_eq!(session.shard(), Some(ShardId::new(1, 3)));
    }

    #[test]
    fn one_stored_without_a_shard_has_none() {
        for json in [
            r#"{"id":"d8c3b5","sequence":42,"resume_url":"wss://gateway-us-east1-b.discord.gg"}"#,
            r#"{"session_id":"d8c3b5","sequence":42}"#,
        ] {
            let session = stored(json).unwrap();
            assert_eq!((session.id(), session.sequence()), ("d8c3b5", 42));
            assert_eq!(session.shard(), None);
        }
        let session = Session::new(42, "d8c3b5".to_owned());
        let json = r#"{"id":"d8c3b5","sequence":42}"#;
        assert_eq!(serde_json::to_string(&session).unwrap(), json);
    }

    #[test]
    fn a_shard_that_can_not_be_is_an_error() {
        for shard in ["[3,3]", "[0,0]", "[0]", "7"] {
            let json = format!(r#"{{"id":"d8c3b5","sequence":42,"shard":{shard}}}"#);
            assert!(stored(&json).is_err(), "{shard}");
        }
    }
}
