use crate::{
    ExitReason, Health, ShardInfo,
    info::{Gate, LastDisconnect},
};
use gloaming_queue::{Position, WaitReason};
use gloaming_shard::machine::{Awaited, DisconnectCause, RecoveryStep};
use std::time::Duration;

const CONNECTING: Health = Health::Connecting { failures: 2 };

const POSITION: Position = Position {
    ahead: 3,
    estimate: Duration::from_millis(20_750),
    reason: WaitReason::Concurrency,
};

fn info(health: Health) -> ShardInfo {
    ShardInfo::example(17, 64, health).down_for_secs(41)
}

/// A shard that has waited for this for 3 s.
fn waiting(health: Health, awaits: impl FnOnce(&ShardInfo) -> Awaited) -> ShardInfo {
    let mut info = info(health);
    info.awaited = Some(awaits(&info));
    info.ages.wait = Some(Duration::from_secs(3));
    info
}

fn refused(mut info: ShardInfo, seconds_ago: u64) -> ShardInfo {
    info.last_disconnect = Some(LastDisconnect {
        ago: Duration::from_secs(seconds_ago),
        cause: DisconnectCause::ConnectFailed,
        text: "the resume host refuses with HTTP status 503".into(),
    });
    info
}

#[test]
fn each_wait_is_a_phrase() {
    let soon = Duration::from_millis(2_100);
    let step = RecoveryStep::MainHost;
    let table = [
        (
            waiting(CONNECTING, |info| Awaited::NextAttempt {
                at: info.now + soon,
                step,
                attempt: 2,
            }),
            "the next attempt on the main host, in 2.1 s, attempt 3",
        ),
        (
            waiting(CONNECTING, |info| Awaited::Connection {
                step: RecoveryStep::ResumeHost,
                attempt: 0,
                deadline: info.now + soon,
            }),
            "the connection to the resume host, for 3.0 s",
        ),
        (
            waiting(CONNECTING, |info| Awaited::Hello {
                step,
                deadline: info.now + soon,
            }),
            "HELLO of the main host, for 3.0 s",
        ),
        (
            waiting(CONNECTING, |info| Awaited::CloseFrame {
                deadline: info.now + soon,
            }),
            "the answer to its close frame, for 3.0 s",
        ),
        (
            waiting(CONNECTING, |_| Awaited::Start),
            "its first attempt to connect",
        ),
        (
            waiting(Health::Identifying, |_| Awaited::Permit),
            "an identify permit, for 3.0 s; the queue does not know for how long",
        ),
        (
            waiting(Health::Identifying, |info| Awaited::PermitRetry {
                at: info.now + soon,
            }),
            "the next request for an identify permit, in 2.1 s",
        ),
        (
            waiting(Health::Identifying, |_| Awaited::Ready),
            "READY, for 3.0 s",
        ),
        (
            waiting(Health::Resuming, |_| Awaited::Resumed { step }),
            "the missed events and RESUMED of the main host, for 3.0 s",
        ),
        (
            info(Health::AwaitingPermit(POSITION)),
            "an identify permit, position 4, about 20 s",
        ),
        (
            info(Health::AwaitingPermit(Position {
                reason: WaitReason::Budget,
                estimate: Duration::from_secs(9_000),
                ..POSITION
            })),
            "an identify permit, position 4, about 2 h, as the identifies of the day are used up",
        ),
        (info(Health::NotStarted), "its start"),
        (info(Health::Stopped), "its start by the application"),
        (
            info(Health::HeartbeatOverdue { by: soon }),
            "its thread, which something blocks",
        ),
        (
            info(Health::Stalled { by: soon }),
            "its thread, which something blocks",
        ),
        (
            info(Health::BufferFull).untouched_for_secs(12),
            "the consumer, which has taken nothing for 12 s, with 64 items buffered",
        ),
        (
            info(Health::Unacknowledged {
                since: Duration::from_secs(12),
            }),
            "the ACK of the heartbeat sent 12 s ago",
        ),
    ];
    for (info, phrase) in table {
        assert_eq!(info.waits_for().as_deref(), Some(phrase));
        let line = info.to_string();
        assert!(line.ends_with(&format!("; waits for {phrase}")), "{line}");
    }
}

#[test]
fn paused_identifies_are_the_reason_of_a_wait_for_a_permit() {
    let mut info = waiting(Health::Identifying, |_| Awaited::Permit);
    info.gate = Gate::Paused;
    assert_eq!(
        info.waits_for().as_deref(),
        Some("an identify permit, for 3.0 s, as the application paused identifying")
    );
}

#[test]
fn shard_that_is_up_or_has_ended_waits_for_nothing() {
    for health in [Health::Up, Health::Exited(ExitReason::FatallyClosed)] {
        assert_eq!(info(health).waits_for(), None);
    }
}

#[test]
fn panic_is_named_until_the_restart() {
    let after = Duration::from_millis(700);
    let mut info = info(Health::Restarting { after });
    info.last_crash = Some("index out of bounds".into());
    assert_eq!(
        info.waits_for().as_deref(),
        Some("its restart in 0.7 s, after a panic: index out of bounds")
    );
}

#[test]
fn cause_is_what_ended_the_session_or_the_last_attempt() {
    let attempt = |info: &ShardInfo| Awaited::NextAttempt {
        at: info.now,
        step: RecoveryStep::MainHost,
        attempt: 2,
    };
    assert_eq!(
        refused(waiting(CONNECTING, attempt), 2).predicate(),
        "connecting for 41 s, as the resume host refuses with HTTP status 503; it waits for the next \
         attempt on the main host, in 0.0 s, attempt 3"
    );
    // What happened before the outage is not its cause.
    assert_eq!(
        refused(waiting(CONNECTING, attempt), 42).predicate(),
        "connecting for 41 s; it waits for the next attempt on the main host, in 0.0 s, attempt 3"
    );
    let up = refused(ShardInfo::example(17, 64, Health::Up), 2);
    assert_eq!(up.predicate(), "up");
    assert_eq!(up.to_string(), "shard 17 of 64: up");
}

#[test]
fn refused_permit_is_the_cause_while_another_is_not_requested() {
    let mut info = refused(
        waiting(Health::Identifying, |info| Awaited::PermitRetry {
            at: info.now,
        }),
        2,
    );
    info.permit_refusal = Some("the ledger can't be written".into());
    let text = info.predicate();
    assert!(
        text.starts_with("identifying for 41 s, as the ledger can't be written; it waits for"),
        "{text}"
    );
}
