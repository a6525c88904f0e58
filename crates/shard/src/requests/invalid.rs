//! Checks of a request before it is queued ([P24](gloaming_protocol::rules#p24),
//! [P26](gloaming_protocol::rules#p26)).

use crate::error::{SendError, SendErrorKind};
use gloaming_machine::requests::is_full_member_list;
use gloaming_protocol::{
    Intents,
    limits::{MAX_GUILDS_PER_SHARD, MAX_REQUESTED_USERS},
};
use std::{
    error::Error,
    fmt::{self, Display, Formatter},
};
use twilight_model::gateway::payload::outgoing::request_guild_members::{
    RequestGuildMemberId, RequestGuildMembersInfo,
};

/// A request that the gateway would refuse. It is the source of a [`SendError`], and nothing was sent.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct InvalidRequestError {
    kind: InvalidRequestErrorKind,
}

/// Why the gateway would refuse a request.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum InvalidRequestErrorKind {
    /// Both a query and users are set; set one of them.
    QueryAndUsers,
    /// Neither a query nor users are set.
    NeitherQueryNorUsers,
    /// The list of users is empty.
    NoUser,
    /// More than 100 users are requested.
    TooManyUsers {
        /// The number of them.
        users: usize,
    },
    /// The limit of a query is over 100; 0 means no limit.
    LimitTooHigh {
        /// The limit.
        limit: u64,
    },
    /// More guilds are requested than a shard can have.
    TooManyGuilds {
        /// The number of them.
        guilds: usize,
    },
}

impl InvalidRequestError {
    /// Returns why the gateway would refuse the request.
    #[must_use]
    pub const fn kind(&self) -> InvalidRequestErrorKind {
        self.kind
    }
}

impl InvalidRequestErrorKind {
    pub(super) fn into_send_error(self) -> SendError {
        SendError::caused_by(SendErrorKind::Invalid, InvalidRequestError { kind: self })
    }
}

impl Display for InvalidRequestError {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        use InvalidRequestErrorKind as Kind;

        match self.kind {
            Kind::QueryAndUsers => {
                f.write_str("members are requested by query or by user, not by both; set one of them")
            }
            Kind::NeitherQueryNorUsers => {
                f.write_str("members are requested by query or by user, and neither is set; an empty query requests all members")
            }
            Kind::NoUser => f.write_str("the list of requested users is empty; name at least one"),
            Kind::TooManyUsers { users } => {
                write!(f, "{users} users are requested; name at most {MAX_REQUESTED_USERS} per request")
            }
            Kind::LimitTooHigh { limit } => write!(
                f,
                "a query returns at most {MAX_REQUESTED_USERS} members, not {limit}; lower the limit, or set 0 for no limit"
            ),
            Kind::TooManyGuilds { guilds } => {
                write!(
                    f,
                    "{guilds} guilds are requested; name those of this shard, which has at most {MAX_GUILDS_PER_SHARD}"
                )
            }
        }
    }
}

impl Error for InvalidRequestError {}

/// Checks a request for members against the limits of the gateway, except its size, and against the intents that it
/// needs.
pub(super) fn check(request: &RequestGuildMembersInfo, intents: Intents) -> Result<(), SendError> {
    let users = request.user_ids.as_ref().map(|users| match users {
        RequestGuildMemberId::One(_) => 1,
        RequestGuildMemberId::Multiple(users) => users.len(),
    });
    let most = MAX_REQUESTED_USERS as u64;
    let fault = match (&request.query, users) {
        (Some(_), Some(_)) => Some(InvalidRequestErrorKind::QueryAndUsers),
        (None, None) => Some(InvalidRequestErrorKind::NeitherQueryNorUsers),
        (None, Some(0)) => Some(InvalidRequestErrorKind::NoUser),
        (None, Some(users)) if users > MAX_REQUESTED_USERS => {
            Some(InvalidRequestErrorKind::TooManyUsers { users })
        }
        (None, Some(_)) => None,
        (Some(_), None) => request
            .limit
            .filter(|limit| *limit > most)
            .map(|limit| InvalidRequestErrorKind::LimitTooHigh { limit }),
    };
    if let Some(fault) = fault {
        return Err(fault.into_send_error());
    }
    let mut needed = Intents::empty();
    needed.set(Intents::GUILD_MEMBERS, is_full_member_list(request));
    needed.set(
        Intents::GUILD_PRESENCES,
        request.presences.unwrap_or_default(),
    );
    let missing = needed.difference(intents);
    if missing.is_empty() {
        Ok(())
    } else {
        Err(SendError::new(SendErrorKind::MissingIntents(missing)))
    }
}

#[cfg(test)]
mod tests {
    use super::{InvalidRequestError, InvalidRequestErrorKind, check};
    use crate::error::SendErrorKind;
    use gloaming_protocol::Intents;
    use twilight_model::{
        gateway::payload::outgoing::{
            RequestGuildMembers,
            request_guild_members::{RequestGuildMemberId, RequestGuildMembersInfo},
        },
        id::Id,
    };

    fn fault(request: &RequestGuildMembersInfo) -> Option<InvalidRequestErrorKind> {
        let (kind, source) = check(request, Intents::all()).err()?.into_parts();
        assert_eq!(kind, SendErrorKind::Invalid);
        let source = source.expect("it says what is wrong");
        source.downcast_ref().map(InvalidRequestError::kind)
    }

    fn query(query: &str, limit: u64) -> RequestGuildMembersInfo {
        RequestGuildMembers::builder(Id::new(1))
            .query(query, Some(limit))
            .d
    }

    #[test]
    fn query_or_users_but_not_both() {
        let mut both = query("a", 1);
        both.user_ids = Some(RequestGuildMemberId::One(Id::new(2)));
        assert_eq!(fault(&both), Some(InvalidRequestErrorKind::QueryAndUsers));
        let mut neither = query("a", 1);
        neither.query = None;
        assert_eq!(
            fault(&neither),
            Some(InvalidRequestErrorKind::NeitherQueryNorUsers)
        );
    }

    #[test]
    fn one_to_a_hundred_users() {
        for (count, expected) in [
            (0, Some(InvalidRequestErrorKind::NoUser)),
            (1, None),
            (100, None),
            (
                101,
                Some(InvalidRequestErrorKind::TooManyUsers { users: 101 }),
            ),
        ] {
            let users = (1..=count).map(Id::new).collect();
            let mut request = query("", 0);
            request.query = None;
            request.user_ids = Some(RequestGuildMemberId::Multiple(users));
            assert_eq!(fault(&request), expected, "{count}");
        }
    }

    #[test]
    fn a_limit_of_a_hundred() {
        assert_eq!(fault(&query("a", 100)), None);
        let expected = Some(InvalidRequestErrorKind::LimitTooHigh { limit: 101 });
        assert_eq!(fault(&query("a", 101)), expected);
        assert_eq!(fault(&query("", 101)), expected);
    }

    #[test]
    fn the_intents_that_are_missing_are_named() {
        let missing = |request: &RequestGuildMembersInfo, intents| {
            let error = check(request, intents).err()?;
            match error.kind() {
                SendErrorKind::MissingIntents(missing) => Some(*missing),
                other => panic!("{other:?}"),
            }
        };
        let (members, presences) = (Intents::GUILD_MEMBERS, Intents::GUILD_PRESENCES);
        let all = query("", 0);
        assert_eq!(missing(&all, presences), Some(members));
        assert_eq!(missing(&all, members), None);
        assert_eq!(missing(&query("", 1), Intents::GUILDS), None);
        assert_eq!(missing(&query("a", 0), Intents::GUILDS), None);

        let mut with_presences = all;
        with_presences.presences = Some(true);
        assert_eq!(missing(&with_presences, members), Some(presences));
        assert_eq!(
            missing(&with_presences, Intents::GUILDS),
            Some(members | presences)
        );
        assert_eq!(missing(&with_presences, members | presences), None);
    }
}
