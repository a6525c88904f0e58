/// The direction in which an [`OpCode`] is sent.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Direction {
    /// The gateway sends it, the client receives it.
    ToClient,
    /// The client sends it.
    ToServer,
    /// Both sides send it.
    Both,
}

macro_rules! opcodes {
    ($($(#[$doc:meta])* $variant:ident = $number:literal, $direction:ident;)*) => {
        /// The type of a gateway payload: its `op` field.
        ///
        /// Source: Discord's documentation, "Gateway Opcodes". [`Unknown`](Self::Unknown) keeps numbers
        /// that are not documented.
        #[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
        pub enum OpCode {
            $($(#[$doc])* $variant,)*
            /// A number that is not documented.
            Unknown(u64),
        }

        impl OpCode {
            /// Every documented opcode, in ascending order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// Returns the opcode with this number.
            ///
            /// ```
            /// use gloaming_protocol::OpCode;
            ///
            /// assert_eq!(OpCode::from_number(10), OpCode::Hello);
            /// assert_eq!(OpCode::from_number(200), OpCode::Unknown(200));
            /// ```
            #[must_use]
            pub const fn from_number(number: u64) -> Self {
                match number {
                    $($number => Self::$variant,)*
                    _ => Self::Unknown(number),
                }
            }

            /// The number on the wire.
            #[must_use]
            pub const fn number(self) -> u64 {
                match self {
                    $(Self::$variant => $number,)*
                    Self::Unknown(number) => number,
                }
            }

            /// Returns the direction in which it is sent, or `None` for numbers that are not documented.
            #[must_use]
            pub const fn direction(self) -> Option<Direction> {
                match self {
                    $(Self::$variant => Some(Direction::$direction),)*
                    Self::Unknown(_) => None,
                }
            }
        }
    };
}

opcodes! {
    /// An event. No other payload has a sequence number and a name.
    Dispatch = 0, ToClient;
    /// Keeps the connection alive ([P4](crate::rules#p4)). From the server, requests a heartbeat immediately
    /// ([P6](crate::rules#p6)).
    Heartbeat = 1, Both;
    /// Starts a new session ([P10](crate::rules#p10)).
    Identify = 2, ToServer;
    /// Sets the bot's presence ([P27](crate::rules#p27)).
    PresenceUpdate = 3, ToServer;
    /// Joins, moves between or leaves voice channels ([P27](crate::rules#p27)).
    VoiceStateUpdate = 4, ToServer;
    /// Resumes a session on a new connection ([P14](crate::rules#p14)).
    Resume = 6, ToServer;
    /// Requests that the client reconnect and resume. May arrive before HELLO ([P3](crate::rules#p3)).
    Reconnect = 7, ToClient;
    /// Requests members of a guild ([P24](crate::rules#p24)).
    RequestGuildMembers = 8, ToServer;
    /// The session is invalid. `d` is whether it can be resumed ([P15](crate::rules#p15),
    /// [P18](crate::rules#p18)).
    InvalidSession = 9, ToClient;
    /// The first payload of a connection. Contains the heartbeat interval ([P3](crate::rules#p3)).
    Hello = 10, ToClient;
    /// Acknowledges a heartbeat ([P7](crate::rules#p7)).
    HeartbeatAck = 11, ToClient;
    /// Requests the soundboard sounds of guilds ([P26](crate::rules#p26)).
    RequestSoundboardSounds = 31, ToServer;
    /// Requests fields of a guild's channels that events do not contain ([P26](crate::rules#p26)).
    RequestChannelInfo = 43, ToServer;
}

#[cfg(test)]
mod tests {
    use super::{Direction, OpCode};

    /// The documented table: number, received by the client, sent by the client.
    const DOCUMENTED: [(OpCode, u64, bool, bool); 13] = [
        (OpCode::Dispatch, 0, true, false),
        (OpCode::Heartbeat, 1, true, true),
        (OpCode::Identify, 2, false, true),
        (OpCode::PresenceUpdate, 3, false, true),
        (OpCode::VoiceStateUpdate, 4, false, true),
        (OpCode::Resume, 6, false, true),
        (OpCode::Reconnect, 7, true, false),
        (OpCode::RequestGuildMembers, 8, false, true),
        (OpCode::InvalidSession, 9, true, false),
        (OpCode::Hello, 10, true, false),
        (OpCode::HeartbeatAck, 11, true, false),
        (OpCode::RequestSoundboardSounds, 31, false, true),
        (OpCode::RequestChannelInfo, 43, false, true),
    ];

    #[test]
    fn the_table_matches_the_documentation() {
        assert_eq!(OpCode::ALL.len(), DOCUMENTED.len());
        for (op, number, received, sent) in DOCUMENTED {
            assert_eq!(OpCode::from_number(number), op);
            assert_eq!(op.number(), number);
            let direction = op.direction().unwrap();
            assert_eq!(
                received,
                matches!(direction, Direction::ToClient | Direction::Both)
            );
            assert_eq!(
                sent,
                matches!(direction, Direction::ToServer | Direction::Both)
            );
        }
    }

    #[test]
    fn undocumented_numbers_are_kept() {
        for number in [5, 12, 30, 32, 255, 256, u64::MAX] {
            let op = OpCode::from_number(number);
            assert_eq!(op, OpCode::Unknown(number));
            assert_eq!(op.number(), number);
            assert_eq!(op.direction(), None);
        }
    }
}
