//! What a switch needs to know of a payload.

use super::{EventRole, EventScope};
use gloaming_protocol::{DispatchKind, OpCode, Payload};
use std::hash::{BuildHasher, Hash as _, Hasher as _};

/// What a [`Switchover`](super::Switchover) needs to know of an event.
///
/// ```
/// use gloaming_cluster::reshard::{EventRole, EventScope, EventSummary};
/// use gloaming_protocol::Payload;
/// use std::hash::RandomState;
///
/// // One for all events, so that copies have the same fingerprint.
/// let hasher = RandomState::new();
/// let of = |text| EventSummary::of(&Payload::parse(text).unwrap(), &hasher).unwrap();
/// let old = of(r#"{"t":"TYPING_START","s":7,"op":0,"d":{"guild_id":"41771983423143937"}}"#);
/// let new = of(r#"{"t":"TYPING_START","s":1999,"op":0,"d":{"guild_id":"41771983423143937"}}"#);
/// assert_eq!(old, new, "the sequence differs");
/// assert_eq!(old.scope, EventScope::Guild(41771983423143937));
/// assert_eq!(old.role, EventRole::Shared);
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct EventSummary {
    /// What the event belongs to.
    pub scope: EventScope,
    /// What kind of event it is.
    pub role: EventRole,
    /// A hash of the name and the data.
    pub fingerprint: u64,
}

impl EventSummary {
    /// Returns the summary of a payload, or `None` if it is no dispatch. All events of a switch need the same hasher; with a
    /// random one, such as [`RandomState`](std::hash::RandomState), nobody can make events that have the same fingerprint.
    #[must_use]
    pub fn of(payload: &Payload<'_>, hasher: &impl BuildHasher) -> Option<Self> {
        if payload.op() != OpCode::Dispatch {
            return None;
        }
        let guild = payload.guild_id();
        let role = role(payload);
        let mut state = hasher.build_hasher();
        payload.name().hash(&mut state);
        match role {
            // Its members and presences depend on the session.
            EventRole::GuildCreate => guild.hash(&mut state),
            _ => payload.data().hash(&mut state),
        }
        Some(Self {
            scope: match (payload.kind(), guild) {
                // The first shard gets them, also those of a guild.
                (
                    Some(
                        DispatchKind::EntitlementCreate
                        | DispatchKind::EntitlementUpdate
                        | DispatchKind::EntitlementDelete,
                    ),
                    _,
                )
                | (_, None) => EventScope::Direct,
                (_, Some(id)) => EventScope::Guild(id.get()),
            },
            role,
            fingerprint: state.finish(),
        })
    }
}

fn role(payload: &Payload<'_>) -> EventRole {
    match payload.kind() {
        Some(
            DispatchKind::Ready
            | DispatchKind::Resumed
            | DispatchKind::MemberChunk
            | DispatchKind::SoundboardSounds
            | DispatchKind::ChannelInfo,
        ) => EventRole::OfSession,
        Some(DispatchKind::GuildCreate) if is_available(payload) => EventRole::GuildCreate,
        Some(DispatchKind::GuildDelete) if is_available(payload) => EventRole::GuildRemoved,
        _ => EventRole::Shared,
    }
}

/// Returns whether the event is not about an outage.
fn is_available(payload: &Payload<'_>) -> bool {
    let unavailable = payload
        .object()
        .and_then(|guild| guild.optional::<bool>("unavailable"));
    unavailable.is_ok_and(|unavailable| unavailable != Some(true))
}

#[cfg(test)]
mod tests {
    use super::{EventRole, EventScope, EventSummary};
    use gloaming_protocol::Payload;
    use std::hash::{BuildHasherDefault, DefaultHasher};

    fn summary(text: &str) -> Option<EventSummary> {
        let hasher = BuildHasherDefault::<DefaultHasher>::default();
        EventSummary::of(&Payload::parse(text).unwrap(), &hasher)
    }

    fn dispatch(name: &str, data: &str) -> EventSummary {
        let text = format!(r#"{{"t":"{name}","s":7,"op":0,"d":{data}}}"#);
        summary(&text).expect("a dispatch")
    }

    #[test]
    fn guilds_are_those_of_the_data() {
        let message = dispatch("MESSAGE_CREATE", r#"{"id":"1","guild_id":"9"}"#);
        assert_eq!(
            (message.scope, message.role),
            (EventScope::Guild(9), EventRole::Shared)
        );
        assert_eq!(
            dispatch("MESSAGE_CREATE", r#"{"id":"1"}"#).scope,
            EventScope::Direct
        );
        assert_eq!(
            dispatch("GUILD_UPDATE", r#"{"id":"9"}"#).scope,
            EventScope::Guild(9)
        );
        assert!(summary(r#"{"op":11}"#).is_none());
    }

    #[test]
    fn content_differs_and_the_sequence_does_not_matter() {
        let one = dispatch("MESSAGE_CREATE", r#"{"id":"1"}"#);
        assert_ne!(one, dispatch("MESSAGE_CREATE", r#"{"id":"2"}"#));
        assert_ne!(one, dispatch("MESSAGE_UPDATE", r#"{"id":"1"}"#));
        let later = summary(r#"{"t":"MESSAGE_CREATE","s":8,"op":0,"d":{"id":"1"}}"#);
        assert_eq!(later, Some(one));
    }

    #[test]
    fn outages_are_no_cut_and_no_removal() {
        let create = dispatch("GUILD_CREATE", r#"{"id":"9","members":[1]}"#);
        assert_eq!(create.role, EventRole::GuildCreate);
        let other = dispatch("GUILD_CREATE", r#"{"id":"9","members":[]}"#);
        assert_eq!(create, other, "the members depend on the session");
        let unavailable = r#"{"id":"9","unavailable":true}"#;
        assert_eq!(
            dispatch("GUILD_CREATE", unavailable).role,
            EventRole::Shared
        );
        assert_eq!(
            dispatch("GUILD_DELETE", unavailable).role,
            EventRole::Shared
        );
        let removed = dispatch("GUILD_DELETE", r#"{"id":"9"}"#);
        assert_eq!(
            (removed.scope, removed.role),
            (EventScope::Guild(9), EventRole::GuildRemoved)
        );
    }

    #[test]
    fn answers_belong_to_one_session() {
        for name in [
            "READY",
            "RESUMED",
            "GUILD_MEMBERS_CHUNK",
            "SOUNDBOARD_SOUNDS",
            "CHANNEL_INFO",
        ] {
            assert_eq!(
                dispatch(name, r#"{"guild_id":"9"}"#).role,
                EventRole::OfSession,
                "{name}"
            );
        }
    }
}
