//! Deliberate bugs that the invariants have to detect.

macro_rules! bugs {
    ($($variant:ident $description:literal;)*) => {
        /// A bug that a machine or a ledger could have. It is simulated outside of them.
        #[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        pub enum Bug {
            $(#[doc = $description] $variant,)*
        }

        impl Bug {
            /// All bugs.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// Returns a description of the bug.
            #[must_use]
            pub const fn description(self) -> &'static str {
                match self { $(Self::$variant => $description,)* }
            }
        }
    };
}

bugs! {
    SequenceOffByOne "RESUME has the next sequence number instead of the last";
    WrongSession "RESUME has the id of another session";
    HeartbeatZero "heartbeats have the sequence number 0";
    HeartbeatDropped "every third heartbeat is not sent";
    AckIgnored "heartbeat ACKs are ignored";
    PauseIgnored "a slow consumer is treated as a zombie connection";
    FlushIgnored "messages are not counted again when a blocked socket is flushed";
    ReconnectIgnored "op 7 is ignored";
    InvalidSessionIgnored "op 9 is ignored";
    FatalCloseIgnored "a fatal close code is treated as a lost connection";
    EventDropped "every fiftieth event is not delivered";
    EventDuplicated "every fiftieth event is delivered twice";
    GapNotReported "the loss of a session is not reported";
    SkipNotReported "skipped events are not reported";
    SessionDiscarded "the session is discarded when the connection ends";
    NewSessionIgnored "a request for a new session only reconnects";
    RetryAfterIgnored "Retry-After is ignored";
    PermitIgnored "IDENTIFY does not wait for a permit";
    PermitNotReleased "a permit that is no longer needed is not released";
    IdentifyDuplicated "IDENTIFY is sent twice";
    CloseEndsSession "connections are closed with 1000 before a reconnect";
    SendLimitIgnored "commands ignore the send limit";
    SizeLimitIgnored "oversized commands are sent";
    NoBackoff "reconnects have no backoff";
    ResumeHostOnly "RESUME is never tried on the main host";
    MainHostOnly "RESUME is never tried on the resume host";
    CommandResolvedTwice "every tenth command is resolved twice";
    CommandNotResolved "every tenth command is not resolved";
    ReplyDropped "every third reply to a request is not delivered";
    ReplyDuplicated "every third reply to a request is delivered twice";
    RequestNotResolved "every tenth request is not resolved";
    DeadlineMissing "the wait for RESUMED has no deadline";
    AckCountsAhead "an ACK that came before its heartbeat counts for the next one";
    EarlySequenceKept "the sequence number of a connection without a session is kept for the next one";
    FirstHeartbeatAtOnce "the first heartbeat is sent with HELLO, and not after a random time";
    BackoffUnjittered "waits between connections are not random";
    NoBackoffAfterAnswer "no wait follows connections that were answered and ended";
    ReplacedSessionNotReported "the loss of a session is not reported if READY answers RESUME";
    ReplayNotAwaited "replayed events do not extend the wait for RESUMED";
    StallNotCounted "messages that a blocked socket held back count from the time at which it got them";
    ForeignSessionResumed "the session of another shard is resumed";
    StraySequenceKept "the sequence number of a payload that is no dispatch moves the session";
    UnusableReadyAccepted "a session without an id is accepted";
    ForeignUrlTrusted "RESUME is sent to every host that READY names";
    FloodIgnored "frames without an event are not counted";
    ReserveSpent "the reserve of session starts is spent";
    WallClockTrusted "a ledger measures time by the wall clock alone";
    RefusalIgnored "a process identifies although the ledger refuses it";
    SpacingFromGrant "a ledger counts the spacing from the grant instead of the IDENTIFY";
    CommonReserveSpent "a ledger grants its reserve";
    ReceivedStored "what was received is stored as handled";
    TakenCounts "an event counts as handled when it is taken";
    NewestStored "the newest handled event is stored, although older ones are not handled";
    DroppedCounts "an event that its handler dropped counts as handled";
    PositionOfLostSession "the sequence of a lost session is stored for the one after it";
    LossNotStored "it is not stored that events of a lost session are not handled";
    LossReportCounts "the report of a lost session counts as handled once it is in the buffer";
    RestoredLossForgotten "what the process before had not handled is stored no more before its report is handled";
    FreezeIgnored "events are handled after the position was frozen";
    TaskResumesAcknowledged "after a panic, the shard resumes where the consumer is, although the buffer is still there";
    SwitchedAtReady "guilds are switched to another set of shards at READY, and not at GUILD_CREATE";
    CopiesUnmatchedBeforeSwitch "copies of events from before a switch of shards are not matched";
    EqualEventsMerged "equal events of two sets of shards are matched as a set, and not one to one";
    HeldEventsReordered "events that a switch of shards held are delivered in the wrong order";
    HeldEventsDropped "events that a switch of shards held are not delivered";
    OldSetClosedEarly "the old set of shards is closed as soon as the new one is ready";
    SwitchForgottenAtEnd "at the end of a switch of shards, it is forgotten which copies follow";
    DirectEventsDoubled "events without a guild are delivered by both sets of shards";
    WindowOfDisconnectedShards "the window for copies passes while a shard is disconnected";
    NewSessionUnnoticed "a new session does not begin a switch of its guilds anew";
    FleetClearanceIgnored "a process that was stopped sends before it asks whether it owns the shard";
    FleetFenceIgnored "an engine accepts what an earlier owner of a shard writes";
    FleetLoadFailureIsEmpty "a shard whose checkpoint can't be loaded has none";
    FleetEndedLeaseRenewed "the answer that a lease has ended counts as a renewal";
    FleetEndUnwatched "the end of a node's lease is not noticed";
    FleetPermitKept "a permit of the fleet is used however long ago it was asked for";
    FleetConnectionEndNotFed "a shard resumes in every case, also if another node may have it";
    FleetSessionEnded "a shard that moves to another node ends its session";
    FleetClockSkewIgnored "the clocks of a node and the engine differ by more than the timing allows";
}

impl Bug {
    /// Returns whether only a fleet of several nodes can show the bug.
    #[must_use]
    pub const fn is_of_a_fleet(self) -> bool {
        matches!(
            self,
            Self::FleetClearanceIgnored
                | Self::FleetFenceIgnored
                | Self::FleetLoadFailureIsEmpty
                | Self::FleetEndedLeaseRenewed
                | Self::FleetEndUnwatched
                | Self::FleetPermitKept
                | Self::FleetConnectionEndNotFed
                | Self::FleetSessionEnded
                | Self::FleetClockSkewIgnored
        )
    }

    /// Returns whether only a switch to another number of shards can show the bug.
    pub(crate) const fn is_of_a_switch(self) -> bool {
        matches!(
            self,
            Self::SwitchedAtReady
                | Self::CopiesUnmatchedBeforeSwitch
                | Self::EqualEventsMerged
                | Self::HeldEventsReordered
                | Self::HeldEventsDropped
                | Self::OldSetClosedEarly
                | Self::SwitchForgottenAtEnd
                | Self::DirectEventsDoubled
                | Self::WindowOfDisconnectedShards
                | Self::NewSessionUnnoticed
        )
    }
}
