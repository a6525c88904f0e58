//! Checks of a request before it is queued (P24, P26).

use crate::error::{ChannelError, ChannelErrorType};
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

/// The source of a [`ChannelError`] for a request that the gateway would refuse.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum InvalidRequest {
    /// Both a query and users are named; it must be one of them.
    QueryAndUsers,
    /// Neither a query nor users are named.
    NeitherQueryNorUsers,
    /// No user is named.
    NoUser,
    /// More than 100 users are named.
    TooManyUsers {
        /// How many.
        users: usize,
    },
    /// The limit of a query is over 100; 0 is for none.
    LimitTooHigh {
        /// The limit.
        limit: u64,
    },
    /// More guilds are named than a shard can have.
    TooManyGuilds {
        /// How many.
        guilds: usize,
    },
}

impl InvalidRequest {
    pub(super) fn into_channel_error(self) -> ChannelError {
        ChannelError::caused_by(ChannelErrorType::Invalid, self)
    }
}

impl Display for InvalidRequest {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::QueryAndUsers => {
                f.write_str("members are asked for by query or by user, not both")
            }
            Self::NeitherQueryNorUsers => {
                f.write_str("members are asked for by query or by user; an empty query is for all")
            }
            Self::NoUser => f.write_str("no user is named"),
            Self::TooManyUsers { users } => {
                write!(f, "{users} users are named; {MAX_REQUESTED_USERS} may be")
            }
            Self::LimitTooHigh { limit } => write!(
                f,
                "a query gives at most {MAX_REQUESTED_USERS} members and not {limit}; 0 is for no limit"
            ),
            Self::TooManyGuilds { guilds } => {
                write!(
                    f,
                    "{guilds} guilds are named; a shard has at most {MAX_GUILDS_PER_SHARD}"
                )
            }
        }
    }
}

impl Error for InvalidRequest {}

/// Checks a request for members against the limits of the gateway, except its size, and against the intents that it
/// needs.
pub(super) fn check(
    request: &RequestGuildMembersInfo,
    intents: Intents,
) -> Result<(), ChannelError> {
    let users = request.user_ids.as_ref().map(|users| match users {
        RequestGuildMemberId::One(_) => 1,
        RequestGuildMemberId::Multiple(users) => users.len(),
    });
    let most = MAX_REQUESTED_USERS as u64;
    let fault = match (&request.query, users) {
        (Some(_), Some(_)) => Some(InvalidRequest::QueryAndUsers),
        (None, None) => Some(InvalidRequest::NeitherQueryNorUsers),
        (None, Some(0)) => Some(InvalidRequest::NoUser),
        (None, Some(users)) if users > MAX_REQUESTED_USERS => {
            Some(InvalidRequest::TooManyUsers { users })
        }
        (None, Some(_)) => None,
        (Some(_), None) => request
            .limit
            .filter(|limit| *limit > most)
            .map(|limit| InvalidRequest::LimitTooHigh { limit }),
    };
    if let Some(fault) = fault {
        return Err(fault.into_channel_error());
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
        Err(ChannelError::new(ChannelErrorType::MissingIntents(missing)))
    }
}

#[cfg(test)]
mod tests {
    use super::{InvalidRequest, check};
    use crate::error::ChannelErrorType;
    use gloaming_protocol::Intents;
    use twilight_model::{
        gateway::payload::outgoing::{
            RequestGuildMembers,
            request_guild_members::{RequestGuildMemberId, RequestGuildMembersInfo},
        },
        id::Id,
    };

    fn fault(request: &RequestGuildMembersInfo) -> Option<InvalidRequest> {
        let (kind, source) = check(request, Intents::all()).err()?.into_parts();
        assert_eq!(kind, ChannelErrorType::Invalid);
        let source = source.expect("it says what is wrong");
        source.downcast_ref().copied()
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
        assert_eq!(fault(&both), Some(InvalidRequest::QueryAndUsers));
        let mut neither = query("a", 1);
        neither.query = None;
        assert_eq!(fault(&neither), Some(InvalidRequest::NeitherQueryNorUsers));
    }

    #[test]
    fn one_to_a_hundred_users() {
        for (count, expected) in [
            (0, Some(InvalidRequest::NoUser)),
            (1, None),
            (100, None),
            (101, Some(InvalidRequest::TooManyUsers { users: 101 })),
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
        let expected = Some(InvalidRequest::LimitTooHigh { limit: 101 });
        assert_eq!(fault(&query("a", 101)), expected);
        assert_eq!(fault(&query("", 101)), expected);
    }

    #[test]
    fn the_intents_that_are_missing_are_named() {
        let missing = |request: &RequestGuildMembersInfo, intents| {
            let error = check(request, intents).err()?;
            match error.kind() {
                ChannelErrorType::MissingIntents(missing) => Some(*missing),
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
