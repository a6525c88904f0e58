use super::Disposition;

macro_rules! close_codes {
    ($($(#[$doc:meta])* $variant:ident = $number:literal, $disposition:ident, $explanation:literal;)*) => {
        /// Why the gateway closed a connection.
        ///
        /// Source: Discord's documentation, "Gateway Close Event Codes". What to do about each is
        /// its [`disposition`](Self::disposition), and for people its [`explanation`](Self::explanation).
        #[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
        #[non_exhaustive]
        pub enum CloseCode {
            $($(#[$doc])* $variant,)*
        }

        impl CloseCode {
            /// Every documented close code, in ascending order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The close code of this number; `None` if it is not documented.
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

            /// What a client does after a close with this code.
            #[must_use]
            pub const fn disposition(self) -> Disposition {
                match self {
                    $(Self::$variant => Disposition::$disposition,)*
                }
            }

            /// What went wrong and, where a person has to act, what to do.
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
    /// 4000: Discord does not know either.
    UnknownError = 4000, Resume,
        "the gateway had an unknown error";
    /// 4001: an opcode, or a payload for an opcode, that the gateway does not know.
    UnknownOpcode = 4001, Resume,
        "the gateway was sent an opcode, or a payload for an opcode, that it does not know";
    /// 4002: a payload that the gateway could not decode, or one over 4096 bytes (P21).
    DecodeError = 4002, Resume,
        "the gateway was sent a payload that it could not decode or that was over 4096 bytes";
    /// 4003: a payload before IDENTIFY or RESUME, or after the session was invalidated (P13).
    NotAuthenticated = 4003, Resume,
        "the gateway was sent a payload before identify or resume";
    /// 4004: the token is wrong.
    AuthenticationFailed = 4004, Fatal,
        "discord refused the token; copy it again from the bot page of the developer portal, or reset it there";
    /// 4005: a second IDENTIFY on one connection (P13).
    AlreadyAuthenticated = 4005, Resume,
        "the gateway was sent a second identify on one connection";
    /// 4007: RESUME with a sequence that the session does not know.
    InvalidSequence = 4007, Reidentify,
        "the sequence sent to resume the session is invalid; a new session is needed";
    /// 4008: over 120 payloads in 60 seconds (P22).
    RateLimited = 4008, Resume,
        "the gateway was sent over 120 payloads in 60 seconds";
    /// 4009: the session is too old to resume.
    SessionTimedOut = 4009, Reidentify,
        "the session timed out; a new session is needed";
    /// 4010: the shard sent to identify is not one that Discord accepts (P36).
    InvalidShard = 4010, Fatal,
        "discord refused the shard; its number must be below the shard count, and for large bots the count must be a multiple of the one that GET /gateway/bot gives";
    /// 4011: the shard would have over 2500 guilds (P35).
    ShardingRequired = 4011, Fatal,
        "the shard would have over 2500 guilds; use more shards, GET /gateway/bot gives the recommended count";
    /// 4012: the API version in the URL is not one that Discord accepts.
    InvalidApiVersion = 4012, Fatal,
        "discord refused the api version in the gateway url; update this library";
    /// 4013: the intents hold a bit that does not exist.
    InvalidIntents = 4013, Fatal,
        "the intents hold a bit that does not exist; build them from the named constants";
    /// 4014: a privileged intent that the application was not granted.
    DisallowedIntents = 4014, Fatal,
        "a privileged intent is not enabled for the application; enable it on the bot page of the developer portal, or leave it out of the intents";
}

/// What to do after a close with this code, or without one.
///
/// No code, a code that is not documented and the codes below 4000 (a server's own 1000 too) all
/// mean [`Disposition::Resume`]: the session outlives them for a few minutes, and if it did not, the
/// gateway says so with op 9.
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

#[cfg(test)]
mod tests {
    use super::{CloseCode, Disposition, disposition_of};
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
    fn the_table_is_the_documented_one() {
        assert_eq!(CloseCode::ALL.len(), DOCUMENTED.len());
        for (number, disposition) in DOCUMENTED {
            let code = CloseCode::from_number(number).unwrap();
            assert_eq!(code.number(), number);
            assert_eq!(code.disposition(), disposition, "{number}");
            assert_eq!(disposition_of(Some(number)), disposition, "{number}");
        }
    }

    #[test]
    fn every_other_code_and_none_resume() {
        assert_eq!(disposition_of(None), Resume);
        for number in 0..=u16::MAX {
            if DOCUMENTED.iter().all(|(known, _)| *known != number) {
                assert_eq!(CloseCode::from_number(number), None);
                assert_eq!(disposition_of(Some(number)), Resume, "{number}");
            }
        }
    }

    #[test]
    fn explanations_are_sentences_for_an_error_message() {
        for code in CloseCode::ALL {
            let text = code.explanation();
            assert!(text.starts_with(|c: char| c.is_lowercase()), "{text}");
            assert!(!text.ends_with('.'), "{text}");
        }
    }
}
