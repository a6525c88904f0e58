//! Op 3: the presence of the bot ([P27](gloaming_protocol::rules#p27)).

use crate::model::client_payload::{Malformed, PresenceUpdate};

/// Accepts an update with a documented status. It has no reply.
pub(super) fn check(update: &PresenceUpdate) -> Result<(), Malformed> {
    if update.has_known_status() {
        Ok(())
    } else {
        Err(Malformed)
    }
}
