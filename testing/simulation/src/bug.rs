//! Deliberate mistakes, to see that they are found.

macro_rules! bugs {
    ($($variant:ident $words:literal;)*) => {
        /// A mistake that a machine could make, put in front of one that does not make it.
        #[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        pub enum Bug {
            $(#[doc = $words] $variant,)*
        }

        impl Bug {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// What it is, in words.
            #[must_use]
            pub const fn words(self) -> &'static str {
                match self { $(Self::$variant => $words,)* }
            }
        }
    };
}

bugs! {
    SequenceOffByOne "RESUME names the sequence after the last";
    OtherSession "RESUME names another session";
    HeartbeatOfZero "heartbeats carry 0";
    HeartbeatForgotten "every third heartbeat is not sent";
    AckIgnored "acknowledgements are not noticed";
    PauseIgnored "a slow consumer is taken for a zombie";
    FlushIgnored "messages that were stuck in the socket do not count again when they are written";
    ReconnectIgnored "op 7 is not noticed";
    InvalidIgnored "op 9 is not noticed";
    FatalCloseIgnored "a fatal close code is taken for a lost connection";
    EventDropped "every fiftieth event is not delivered";
    EventTwice "every fiftieth event is delivered twice";
    GapHidden "the loss of a session is not told";
    SkipHidden "skipped events are not told";
    SessionForgotten "the session is forgotten when the connection ends";
    NoPermit "IDENTIFY does not wait for a permit";
    PermitKept "a permit that is not needed any more is kept";
    IdentifyTwice "IDENTIFY is sent twice";
    ClosesForGood "connections are closed with 1000 to make another";
    WindowIgnored "commands don't wait for the send window";
    SizeIgnored "commands that are too large are sent";
    HotLoop "connections are made without a wait between them";
    ResumeHostForever "the main host is not tried to resume";
    MainHostOnly "the resume host is not tried";
    CommandTwice "every tenth command ends twice";
    CommandForgotten "every tenth command does not end";
    ReplyDropped "every third reply to a request is not delivered";
    ReplyTwice "every third reply to a request is delivered twice";
    RequestForgotten "every tenth request does not end";
    NoDeadline "waiting for RESUMED has no deadline";
}
