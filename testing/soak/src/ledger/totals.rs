use std::fmt::{self, Display, Formatter};

use super::deliveries::{Deliveries, Gap};

/// The events that the gateway sent in a session, according to the gateway.
#[derive(Clone, Copy, Debug)]
pub struct SentEvents<'a> {
    /// The session's id.
    pub session: &'a str,
    /// The shard's number.
    pub shard: u32,
    /// The sequence number of the last event.
    pub sequence: u64,
    /// The outcome of the session.
    pub outcome: SessionOutcome,
}

/// The outcome of a session.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum SessionOutcome {
    /// The session is active, and is the current one of its shard.
    Active,
    /// The shard closed the session or started another one, although it could have resumed this one.
    Abandoned,
    /// The gateway ended the session, and its events in transit are lost.
    EndedByGateway,
}

/// The totals of the settled sessions, in events.
#[derive(Clone, Debug, Default)]
pub struct Totals {
    /// The number of sessions.
    pub sessions: u64,
    /// Sent by the gateway.
    pub sent: u64,
    /// Delivered, without duplicates.
    pub delivered: u64,
    /// Not delivered, although the session was resumable.
    pub lost: u64,
    /// Delivered again.
    pub duplicated: u64,
    /// Delivered after a later event.
    pub out_of_order: u64,
    /// Delivered, but never sent.
    pub never_sent: u64,
    /// Lost with sessions that the gateway ended.
    pub ended_by_gateway: u64,
    /// The part of `ended_by_gateway` that the shards did not report.
    pub unreported: u64,
    /// Sent in sessions that no shard knows: the connection ended before READY arrived.
    pub never_ready: u64,
    /// Delivered while the shard had no session.
    pub without_session: u64,
    /// The first findings.
    pub findings: Vec<Finding>,
}

/// A defect in the deliveries of a session.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Finding {
    shard: u32,
    session: String,
    events: u64,
    defect: Defect,
    after: u64,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Defect {
    Lost,
    Duplicated,
    OutOfOrder,
    NeverSent,
    Unreported,
}

impl Totals {
    /// The number of findings that are kept. The totals count all of them.
    pub const MAX_FINDINGS: usize = 20;

    /// Returns whether every event was delivered once and in order, or its loss was reported.
    #[must_use]
    pub const fn is_ok(&self) -> bool {
        self.lost == 0
            && self.duplicated == 0
            && self.out_of_order == 0
            && self.never_sent == 0
            && self.unreported == 0
            && self.without_session == 0
    }

    pub(super) fn add(&mut self, sent: &SentEvents<'_>, deliveries: Option<&Deliveries>) {
        self.sessions += 1;
        self.sent += sent.sequence;
        let Some(deliveries) = deliveries else {
            self.never_ready += sent.sequence;
            return;
        };
        let tail = sent.sequence.saturating_sub(deliveries.last());
        let mut lost = deliveries.missing();
        let mut unreported = 0;
        match sent.outcome {
            SessionOutcome::Active | SessionOutcome::Abandoned => lost += tail,
            SessionOutcome::EndedByGateway => {
                self.ended_by_gateway += tail;
                if deliveries.gap == Gap::NotReported {
                    unreported = tail;
                }
            }
        }
        let never_sent = deliveries.last().saturating_sub(sent.sequence);
        self.delivered += deliveries.delivered() - never_sent.min(deliveries.delivered());
        self.lost += lost;
        self.unreported += unreported;
        self.duplicated += deliveries.duplicated;
        self.out_of_order += deliveries.out_of_order;
        self.never_sent += never_sent;
        for (defect, events, after) in [
            (Defect::Lost, lost, deliveries.first_missing_after()),
            (Defect::Duplicated, deliveries.duplicated, deliveries.last()),
            (
                Defect::OutOfOrder,
                deliveries.out_of_order,
                deliveries.last(),
            ),
            (Defect::NeverSent, never_sent, sent.sequence),
            (Defect::Unreported, unreported, deliveries.last()),
        ] {
            if events > 0 && self.findings.len() < Self::MAX_FINDINGS {
                self.findings.push(Finding {
                    shard: deliveries.shard,
                    session: sent.session.to_owned(),
                    events,
                    defect,
                    after,
                });
            }
        }
    }
}

impl Display for Finding {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self {
            shard,
            session,
            events,
            defect,
            after,
        } = self;
        write!(f, "shard {shard} ")?;
        match defect {
            Defect::Lost => write!(
                f,
                "lost {events} events of session {session}, the first after {after}"
            ),
            Defect::Duplicated => write!(f, "delivered {events} events of session {session} twice"),
            Defect::OutOfOrder => {
                write!(
                    f,
                    "delivered {events} events of session {session} out of order"
                )
            }
            Defect::NeverSent => write!(
                f,
                "delivered {events} events of session {session} beyond the {after} that were sent"
            ),
            Defect::Unreported => write!(
                f,
                "did not report that {events} events after {after} were lost with session {session}"
            ),
        }
    }
}
