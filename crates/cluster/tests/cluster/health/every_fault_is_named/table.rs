//! What the health has to say in each scenario.

use gloaming_emulator::scenario::Scenario;

/// A scenario and what the readiness does in it.
#[derive(Debug)]
pub(super) struct Row {
    /// Its name in the library, or of its own.
    pub(super) name: &'static str,
    pub(super) faults: Faults,
    pub(super) readiness: Expected,
}

/// Where the faults of a row are from.
#[derive(Debug)]
pub(super) enum Faults {
    Library,
    /// A scenario that the library does not have.
    Scenario(&'static str),
    /// With a queue that grants one permit, and then none for a time.
    SlowPermits(&'static str, PermitWait),
}

/// Why a queue grants no permit.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum PermitWait {
    /// The identifies of the day are used up.
    UsedUp,
    /// It refuses them with an error.
    Refused,
}

#[derive(Debug)]
pub(super) enum Expected {
    /// A session ends: not ready from `down_after` on, until there is one again.
    Down(&'static [&'static str], &'static [&'static str]),
    /// As [`Down`](Self::Down), by at least one of the causes.
    DownByAny(&'static [&'static str], &'static [&'static str]),
    /// The first session takes longer than its connection: not ready until there is one, then as above.
    Starting(&'static [&'static str], &'static [&'static str]),
    /// The shard stops, as Discord forbids to reconnect. That does not end.
    Ended(&'static str),
    /// No session ends, so that it is ready all the time. The reason for that.
    Ready(&'static str),
}

impl Row {
    pub(super) fn scenario(&self) -> Scenario {
        match self.faults {
            Faults::Library => Scenario::named(self.name).unwrap(),
            Faults::Scenario(text) | Faults::SlowPermits(text, _) => {
                Scenario::parse(self.name, text).unwrap()
            }
        }
    }

    /// The names of the causes that `DisconnectCause` has while it is not ready, in alphabetical order.
    pub(super) const fn causes(&self) -> &'static [&'static str] {
        match self.readiness {
            Expected::Down(causes, _)
            | Expected::DownByAny(causes, _)
            | Expected::Starting(causes, _) => causes,
            Expected::Ended(_) => &["closed"],
            Expected::Ready(_) => &[],
        }
    }

    /// What the reason or the health says, each at some time.
    pub(super) fn says(&self) -> Vec<&'static str> {
        match self.readiness {
            Expected::Down(_, says)
            | Expected::DownByAny(_, says)
            | Expected::Starting(_, says) => says.to_vec(),
            Expected::Ended(says) => vec![says],
            Expected::Ready(_) => Vec::new(),
        }
    }
}

const fn library(name: &'static str, readiness: Expected) -> Row {
    Row {
        name,
        faults: Faults::Library,
        readiness,
    }
}

const fn own(name: &'static str, scenario: &'static str, readiness: Expected) -> Row {
    Row {
        name,
        faults: Faults::Scenario(scenario),
        readiness,
    }
}

const fn slow(name: &'static str, wait: PermitWait, readiness: Expected) -> Row {
    const INVALIDATED: &str = "[[fault]]
        on = 'ready'
        delay = 1
        action = 'invalid-session'
        resumable = false";
    Row {
        name,
        faults: Faults::SlowPermits(INVALIDATED, wait),
        readiness,
    }
}

/// A close code after which Discord forbids to reconnect.
macro_rules! fatal {
    ($code:literal) => {
        own(
            concat!("close-", $code),
            concat!(
                "[[fault]]\non = 'ready'\ndelay = 1\naction = 'close'\ncode = ",
                $code
            ),
            Expected::Ended(concat!("code ", $code)),
        )
    };
}

pub(super) const ROWS: &[Row] = &[
    library(
        "accept-then-close",
        Expected::Starting(
            &["closed"],
            &["as the server closed the connection with code 4000"],
        ),
    ),
    library(
        "burst-100k",
        Expected::Ready("many events are no reason to reconnect"),
    ),
    library(
        "corrupt-zlib",
        Expected::Down(
            &["unreadable"],
            &["as a message of the server can't be read"],
        ),
    ),
    library(
        "dead-resume-host",
        Expected::Down(
            &["connect_failed", "lost"],
            &[
                "as the connection was lost",
                "as the resume host refuses with HTTP status 503; it waits for the connection to the main host",
            ],
        ),
    ),
    library(
        "drop-while-resuming",
        Expected::Down(&["lost"], &["as the connection was lost"]),
    ),
    library(
        "duplicate-events",
        Expected::Ready("a repeated event is dropped"),
    ),
    library(
        "every-close-code",
        Expected::Down(
            &["closed"],
            &[
                "code 4000",
                "code 4001",
                "code 4002",
                "code 4003",
                "code 4005",
                "code 4007",
                "code 4008",
                "code 4009",
                "code 1000",
                "code 1001",
                "code 1012",
            ],
        ),
    ),
    library(
        "flaky-acks",
        Expected::Down(
            &["zombie"],
            &["as the server did not acknowledge a heartbeat"],
        ),
    ),
    library(
        "flapping",
        Expected::Down(&["lost"], &["as the connection was lost"]),
    ),
    library(
        "fragmented-frames",
        Expected::Ready("messages are put together"),
    ),
    library(
        "guild-flood",
        Expected::Ready("guilds that are unavailable are Discord's, and the session stands"),
    ),
    library(
        "guild-outage",
        Expected::Down(&["lost"], &["as the connection was lost"]),
    ),
    library(
        "half-open",
        // The jitter of the first heartbeat decides whether the shard or the gateway notices it first.
        Expected::DownByAny(
            &["lost", "session_invalid", "zombie"],
            &["is slow: shard 0 is without a heartbeat ACK for "],
        ),
    ),
    library(
        "heartbeat-ack-drop",
        Expected::Down(
            &["zombie"],
            &["as the server did not acknowledge a heartbeat"],
        ),
    ),
    library(
        "heartbeat-requests",
        Expected::Ready("each request is answered"),
    ),
    library(
        "hidden-channels",
        Expected::Ready("permissions are a matter of the application"),
    ),
    library(
        "invalid-json",
        Expected::Down(
            &["unreadable"],
            &["as a message of the server can't be read"],
        ),
    ),
    library(
        "lost-hello-after-resume",
        Expected::Down(
            &["hello_timeout", "lost"],
            &[
                "as the connection was lost; it waits for HELLO of the resume host",
                "as the server sent no HELLO in time",
            ],
        ),
    ),
    library(
        "lost-sessions",
        Expected::Down(
            &["lost", "session_invalid"],
            &["as the server declared the session invalid"],
        ),
    ),
    library(
        "mute-hello",
        Expected::Starting(
            &["hello_timeout"],
            &[
                "it waits for HELLO of the main host",
                "as the server sent no HELLO in time",
            ],
        ),
    ),
    library(
        "mute-ready",
        Expected::Starting(&[], &["it waits for READY, for 80 s"]),
    ),
    library(
        "op7-first",
        Expected::Starting(
            &["reconnect_requested"],
            &["as the server requested a reconnect"],
        ),
    ),
    library(
        "op7-storm",
        Expected::Down(
            &["reconnect_requested"],
            &["as the server requested a reconnect"],
        ),
    ),
    library(
        "op9-resumable",
        Expected::Down(
            &["session_resumable"],
            &["as the server requested another resume of the session"],
        ),
    ),
    library(
        "op9-storm",
        Expected::Down(
            &["session_invalid"],
            &["as the server declared the session invalid"],
        ),
    ),
    library(
        "outage",
        Expected::Down(
            &["connect_failed", "lost", "session_invalid"],
            &[
                "as the resume host refuses with HTTP status 503",
                "as the main host refuses with HTTP status 503; it waits for the next attempt on the main host, in",
            ],
        ),
    ),
    library(
        "rolling-restart",
        Expected::Down(&["lost"], &["as the connection was lost"]),
    ),
    library(
        "slow-loris",
        Expected::Starting(&["hello_timeout"], &["as the server sent no HELLO in time"]),
    ),
    library(
        "slow-network",
        Expected::Ready("the session is up, though its events take longer"),
    ),
    library("split-zlib", Expected::Ready("messages are put together")),
    library(
        "unknown-events",
        Expected::Ready("events without a type are delivered as such"),
    ),
    own(
        "refused-at-the-start",
        "[[fault]]
        at = 0
        action = 'refuse'
        host = 'main'
        status = 429
        duration = 60",
        Expected::Starting(
            &["connect_failed"],
            &[
                "as the main host refuses with HTTP status 429; it waits for the next attempt on the main host, in",
            ],
        ),
    ),
    own(
        "refused-at-both-hosts",
        "[[fault]]
        at = 10
        action = 'refuse'
        host = 'main'
        status = 401
        duration = 60
        [[fault]]
        at = 10
        action = 'refuse'
        host = 'resume'
        status = 502
        duration = 60
        [[fault]]
        at = 10
        action = 'drop'",
        Expected::Down(
            &["connect_failed", "lost"],
            &[
                "as the resume host refuses with HTTP status 502",
                "as the main host refuses with HTTP status 401",
            ],
        ),
    ),
    own(
        "forgotten-session",
        "[[fault]]
        at = 10
        action = 'forget-sessions'
        [[fault]]
        at = 10
        action = 'drop'",
        Expected::Down(
            &["lost", "session_invalid"],
            &["as the server declared the session invalid"],
        ),
    ),
    own(
        "withheld-ready-after-an-invalid-session",
        "[[fault]]
        on = 'ready'
        delay = 1
        action = 'mute'
        message = 'ready'
        duration = 60
        [[fault]]
        on = 'ready'
        delay = 1
        action = 'invalid-session'
        resumable = false",
        Expected::Down(
            &["session_invalid"],
            &["as the server declared the session invalid; it waits for READY"],
        ),
    ),
    slow(
        "identifies-used-up",
        PermitWait::UsedUp,
        Expected::Down(
            &["session_invalid"],
            &[
                "as the server declared the session invalid; it waits for an identify permit, position 1, about ",
                ", as the identifies of the day are used up",
            ],
        ),
    ),
    slow(
        "refused-permits",
        PermitWait::Refused,
        Expected::Down(
            &["session_invalid"],
            &["as the identify queue's backend failed to grant a permit"],
        ),
    ),
    fatal!(4004),
    fatal!(4010),
    fatal!(4011),
    fatal!(4012),
    fatal!(4013),
    fatal!(4014),
];
