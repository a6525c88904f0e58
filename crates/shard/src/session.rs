//! What a shard must remember to resume.

use serde::{Deserialize, Serialize};

/// A gateway session: all that RESUME needs (P14), and what to store to resume after a restart.
///
/// Serializes to a small map. `resume_url` may be absent in stored data, as in sessions stored by
/// other libraries; resuming then goes through the main URL.
///
/// ```
/// use gloaming_shard::Session;
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
}

impl Session {
    /// A session with the sequence of the last event received and its id.
    #[must_use]
    pub fn new(sequence: u64, session_id: String) -> Self {
        Self {
            id: session_id.into_boxed_str(),
            sequence,
            resume_url: None,
        }
    }

    /// Adds the `resume_gateway_url` that READY named for this session.
    #[must_use]
    pub fn with_resume_url(mut self, url: String) -> Self {
        self.resume_url = Some(url.into_boxed_str());
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
    #[must_use]
    pub fn resume_url(&self) -> Option<&str> {
        self.resume_url.as_deref()
    }

    pub(crate) const fn set_sequence(&mut self, sequence: u64) {
        self.sequence = sequence;
    }
}
