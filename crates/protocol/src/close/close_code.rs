use super::{CloseScope, Disposition};

macro_rules! close_codes {
    ($($(#[$doc:meta])* $variant:ident = $number:literal, $disposition:ident, $scope:ident, $explanation:literal;)*) => {
        /// The reason for which the gateway closed a connection.
        ///
        /// Source: Discord's documentation, "Gateway Close Event Codes".
        /// [`disposition`](Self::disposition) returns what a client does after it, and
        /// [`explanation`](Self::explanation) what a person can do about it.
        #[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
        #[non_exhaustive]
        pub enum CloseCode {
            $($(#[$doc])* $variant,)*
        }

        impl CloseCode {
            /// Every documented close code, in ascending order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// Returns the close code with this number, or `None` if it is not documented.
            #[must_use]
            pub const fn from_number(number: u16) -> Option<Self> {
                match number {
                    $($number => Some(Self::$variant),)*
                    _ => None,
                }
            }

            /// The number on the wire.
            #[must_use]
            pub const fn number(self) -> u16 {
                match self {
                    $(Self::$variant => $number,)*
                }
            }

            /// Returns what a client does after a close with this code.
            #[must_use]
            pub const fn disposition(self) -> Disposition {
                match self {
                    $(Self::$variant => Disposition::$disposition,)*
                }
            }

            /// Returns which of the bot's shards the code is about.
            ///
            /// ```
            /// use gloaming_protocol::{CloseCode, CloseScope};
            ///
            /// assert_eq!(CloseCode::AuthenticationFailed.scope(), CloseScope::Bot);
            /// assert_eq!(CloseCode::ShardingRequired.scope(), CloseScope::ShardCount);
            /// assert_eq!(CloseCode::SessionTimedOut.scope(), CloseScope::Shard);
            /// ```
            #[must_use]
            pub const fn scope(self) -> CloseScope {
                match self {
                    $(Self::$variant => CloseScope::$scope,)*
                }
            }

            /// Returns what went wrong and, if a person has to act, what to do.
            #[must_use]
            pub const fn explanation(self) -> &'static str {
                match self {
                    $(Self::$variant => $explanation,)*
                }
            }
        }
    };
}

close_codes! {
    /// 4000: an error that Discord does not specify.
    UnknownError = 4000, Resume, Shard,
        "the gateway had an unknown error";
    /// 4001: the client sent an unknown opcode, or an invalid payload for an opcode.
    UnknownOpcode = 4001, Resume, Shard,
        "the client sent an unknown opcode, or an invalid payload for an opcode";
    /// 4002: the client sent an invalid payload, or one over 4096 bytes ([P21](crate::rules#p21)).
    DecodeError = 4002, Resume, Shard,
        "the client sent a payload that the gateway could not decode or that was over 4096 bytes";
    /// 4003: the client sent a payload before IDENTIFY or RESUME ([P13](crate::rules#p13)), or the session
    /// was invalidated ([P38](crate::rules#p38)).
    NotAuthenticated = 4003, Resume, Shard,
        "the client sent a payload before identify or resume, or discord invalidated the session";
    /// 4004: the token is wrong.
    AuthenticationFailed = 4004, Fatal, Bot,
        "discord rejected the token; copy it from the bot page of the developer portal, or reset it there";
    /// 4005: the client sent a second IDENTIFY on one connection ([P13](crate::rules#p13)).
    AlreadyAuthenticated = 4005, Resume, Shard,
        "the client sent a second identify on one connection";
    /// 4007: the client sent RESUME with an invalid sequence number.
    InvalidSequence = 4007, Reidentify, Shard,
        "the client sent resume with an invalid sequence number; a new session is needed";
    /// 4008: the client sent over 120 payloads in 60 seconds ([P22](crate::rules#p22)).
    RateLimited = 4008, Resume, Shard,
        "the client sent over 120 payloads in 60 seconds";
    /// 4009: the session is too old to resume.
    SessionTimedOut = 4009, Reidentify, Shard,
        "the session timed out; a new session is needed";
    /// 4010: the client identified with an invalid shard ([P36](crate::rules#p36)).
    InvalidShard = 4010, Fatal, ShardCount,
        "discord rejected the shard; its number must be below the shard count, and large bots must use a multiple of the shard count that discord assigned";
    /// 4011: the shard would serve over 2500 guilds ([P35](crate::rules#p35)).
    ShardingRequired = 4011, Fatal, ShardCount,
        "the shard would serve over 2500 guilds; use more shards, GET /gateway/bot returns the recommended count";
    /// 4012: the URL has an invalid API version ([P1](crate::rules#p1)).
    InvalidApiVersion = 4012, Fatal, Bot,
        "discord rejected the api version in the gateway url; update this library";
    /// 4013: the intents contain an invalid bit.
    InvalidIntents = 4013, Fatal, Bot,
        "the intents contain an invalid bit; use the named constants";
    /// 4014: the application does not have a privileged intent.
    DisallowedIntents = 4014, Fatal, Bot,
        "a privileged intent is not enabled for the application; enable it on the bot page of the developer portal, or remove it from the intents";
}

/// Returns what a client does after a close with this code, or without one.
///
/// No code, a code that is not documented, and all codes below 4000 (also 1000 from the server) mean
/// [`Disposition::Resume`]: the server usually keeps the session for a few minutes, and otherwise answers
/// RESUME with op 9.
///
/// ```
/// use gloaming_protocol::{Disposition, disposition_of};
///
/// assert_eq!(disposition_of(None), Disposition::Resume);
/// assert_eq!(disposition_of(Some(4009)), Disposition::Reidentify);
/// assert_eq!(disposition_of(Some(4004)), Disposition::Fatal);
/// ```
#[must_use]
pub const fn disposition_of(code: Option<u16>) -> Disposition {
    let Some(number) = code else {
        return Disposition::Resume;
    };
    match CloseCode::from_number(number) {
        Some(code) => code.disposition(),
        None => Disposition::Resume,
    }
}

/// Whether a close frame of the client with this code ends the session ([P19](crate::rules#p19)).
///
/// After any other code, the server keeps the session for a few minutes, so that the client can resume it.
///
/// ```
/// use gloaming_protocol::client_close_ends_session;
///
/// assert!(client_close_ends_session(1000));
/// assert!(!client_close_ends_session(4000));
/// ```
#[must_use]
pub const fn client_close_ends_session(code: u16) -> bool {
    matches!(code, 1000 | 1001)
}

#[cfg(test)]
mod tests {
    use super::{CloseCode, CloseScope, Disposition, client_close_ends_session, disposition_of};
    use Disposition::{Fatal, Reidentify, Resume};

    const DOCUMENTED: [(u16, Disposition); 14] = [
        (4000, Resume),
        (4001, Resume),
        (4002, Resume),
        (4003, Resume),
        (4004, Fatal),
        (4005, Resume),
        (4007, Reidentify),
        (4008, Resume),
        (4009, Reidentify),
        (4010, Fatal),
        (4011, Fatal),
        (4012, Fatal),
        (4013, Fatal),
        (4014, Fatal),
    ];

    #[test]
    fn the_table_matches_the_documentation() {
        assert_eq!(CloseCode::ALL.len(), DOCUMENTED.len());
        for (number, disposition) in DOCUMENTED {
            let code = CloseCode::from_number(number).unwrap();
            assert_eq!(code.number(), number);
            assert_eq!(code.disposition(), disposition, "{number}");
            assert_eq!(disposition_of(Some(number)), disposition, "{number}");
        }
    }

    #[test]
    fn codes_that_concern_other_shards_are_fatal() {
        for code in CloseCode::ALL {
            let scope = match code.number() {
                4004 | 4012 | 4013 | 4014 => CloseScope::Bot,
                4010 | 4011 => CloseScope::ShardCount,
                _ => CloseScope::Shard,
            };
            assert_eq!(code.scope(), scope, "{code:?}");
            let is_fatal = code.disposition() == Fatal;
            assert_eq!(scope != CloseScope::Shard, is_fatal, "{code:?}");
        }
    }

    #[test]
    fn other_codes_and_no_code_resume() {
        assert_eq!(disposition_of(None), Resume);
        for number in 0..=u16::MAX {
            if DOCUMENTED.iter().all(|(known, _)| *known != number) {
                assert_eq!(CloseCode::from_number(number), None);
                assert_eq!(disposition_of(Some(number)), Resume, "{number}");
            }
        }
    }

    #[test]
    fn only_normal_closure_and_going_away_end_the_session() {
        for code in (0..=u16::MAX).filter(|code| ![1000, 1001].contains(code)) {
            assert!(!client_close_ends_session(code), "{code}");
        }
        assert!(client_close_ends_session(1000));
        assert!(client_close_ends_session(1001));
    }

    #[test]
    fn explanations_can_be_part_of_an_error_message() {
        for code in CloseCode::ALL {
            let text = code.explanation();
            assert!(text.starts_with(|c: char| c.is_lowercase()), "{text}");
            assert!(!text.ends_with('.'), "{text}");
        }
    }
}
