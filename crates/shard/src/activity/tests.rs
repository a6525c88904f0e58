use super::ShardActivity;
use crate::{
    ReceiveMessageError, Session, ShardState,
    driver::clock::now,
    machine::{Awaited, DisconnectCause, GapCause, Lifecycle, RecoveryStep},
    transport::{ConnectError, ConnectErrorKind, TransportError, TransportErrorKind},
};
use gloaming_protocol::CloseFrame;
use std::time::{Duration, Instant};

const DISCONNECTED: ShardState = ShardState::Disconnected {
    reconnect_attempts: 0,
};

const TOKEN: &str = "t0ken";

struct History {
    activity: ShardActivity,
    now: Instant,
}

impl History {
    fn new() -> Self {
        Self {
            activity: ShardActivity::new(),
            now: now(),
        }
    }

    fn after(&mut self, seconds: u64) -> &mut Self {
        self.now += Duration::from_secs(seconds);
        self
    }

    fn event(&mut self, event: &Lifecycle) -> &mut Self {
        self.activity.lifecycle(self.now, event, TOKEN);
        self
    }

    fn connecting(&mut self, step: RecoveryStep) -> &mut Self {
        self.event(&Lifecycle::Connecting { step, attempt: 0 });
        let awaited = Awaited::Connection {
            step,
            attempt: 0,
            deadline: self.now + Duration::from_secs(20),
        };
        self.update(DISCONNECTED, awaited)
    }

    fn failed(&mut self, error: &ReceiveMessageError) -> &mut Self {
        self.activity.failed(error, TOKEN);
        self
    }

    fn disconnected(
        &mut self,
        cause: DisconnectCause,
        frame: Option<CloseFrame<'static>>,
    ) -> &mut Self {
        self.event(&Lifecycle::Disconnected { cause, frame })
    }

    fn update(&mut self, state: ShardState, awaited: Awaited) -> &mut Self {
        self.activity.update(self.now, state, awaited);
        self
    }

    fn up(&mut self) -> &mut Self {
        self.event(&Lifecycle::Ready {
            session_id: "s".into(),
        })
        .update(ShardState::Active, Awaited::Events)
    }

    /// The seconds since then.
    fn age(&self, since: Option<Instant>) -> Option<u64> {
        since.map(|since| self.now.duration_since(since).as_secs())
    }

    fn cause(&self) -> String {
        self.activity.last_disconnect().unwrap().to_string()
    }
}

#[test]
fn down_time_is_from_the_loss_of_the_session_over_all_attempts() {
    let mut history = History::new();
    history.connecting(RecoveryStep::Identify).after(3);
    assert!(!history.activity.was_up());
    assert_eq!(history.age(history.activity.down_since()), Some(3));
    history.up().after(100);
    assert!(history.activity.was_up());
    assert_eq!(history.activity.down_since(), None);
    assert_eq!(history.age(history.activity.up_since()), Some(100));
    assert_eq!(history.age(history.activity.session_since()), Some(100));
    history
        .disconnected(DisconnectCause::Lost, None)
        .connecting(RecoveryStep::ResumeHost)
        .after(5)
        .update(
            ShardState::Resuming,
            Awaited::Resumed {
                step: RecoveryStep::ResumeHost,
            },
        )
        .after(5)
        .disconnected(DisconnectCause::Lost, None)
        .connecting(RecoveryStep::ResumeHost)
        .after(2)
        .connecting(RecoveryStep::ResumeHost)
        .after(2);
    let activity = &history.activity;
    assert_eq!(history.age(activity.down_since()), Some(14));
    assert_eq!(
        history.age(activity.state_since()),
        Some(4),
        "disconnected again"
    );
    assert_eq!(
        history.age(activity.awaits_since()),
        Some(2),
        "another attempt"
    );
    assert_eq!(
        history.age(activity.session_since()),
        Some(114),
        "it is kept"
    );
    assert_eq!(history.age(activity.started()), Some(117));
    assert_eq!(activity.up_since(), None);
    assert_eq!(activity.disconnects().of(DisconnectCause::Lost), 2);
}

#[test]
fn crashed_task_keeps_the_history() {
    let mut history = History::new();
    history.connecting(RecoveryStep::Identify).up().after(10);
    let now = history.now;
    history.activity.task_ended(now);
    assert_eq!(history.activity.awaits(), None);
    let mut next = ShardActivity::new();
    let session = Session::new(1, "s".to_owned());
    next.resume(&history.activity, Some(&session));
    history.activity = next;
    history.after(4).connecting(RecoveryStep::ResumeHost);
    assert_eq!(history.age(history.activity.down_since()), Some(4));
    assert_eq!(history.age(history.activity.started()), Some(14));
    history.event(&Lifecycle::Resumed { replayed: 0 });
    history.update(ShardState::Active, Awaited::Events);
    assert_eq!(history.age(history.activity.session_since()), Some(14));
}

#[test]
fn shard_that_never_ran_is_not_down() {
    let mut activity = ShardActivity::new();
    activity.task_ended(now());
    assert_eq!((activity.started(), activity.down_since()), (None, None));
}

#[test]
fn lost_session_has_no_age() {
    let mut history = History::new();
    history.connecting(RecoveryStep::Identify).up();
    history.event(&Lifecycle::Gap {
        session_id: "s".into(),
        after: 3,
        cause: GapCause::SessionLost,
    });
    assert_eq!(history.activity.session_since(), None);
}

#[test]
fn cause_of_a_disconnect_is_in_plain_words() {
    let connect = |kind| ReceiveMessageError::from_connect(ConnectError::new(kind));
    let handshake = ConnectErrorKind::Handshake { status: 503 };
    let reset = TransportError::new(TransportErrorKind::Io)
        .with_source(std::io::Error::other("connection reset"));
    for (step, error, cause, frame, expected) in [
        (
            RecoveryStep::ResumeHost,
            Some(connect(handshake)),
            DisconnectCause::ConnectFailed,
            None,
            "the resume host refuses with HTTP status 503",
        ),
        (
            RecoveryStep::Identify,
            Some(connect(handshake)),
            DisconnectCause::ConnectFailed,
            None,
            "the main host refuses with HTTP status 503",
        ),
        (
            RecoveryStep::MainHost,
            Some(connect(ConnectErrorKind::Tcp)),
            DisconnectCause::ConnectFailed,
            None,
            "could not reach the gateway",
        ),
        (
            RecoveryStep::MainHost,
            Some(ReceiveMessageError::from_transport(reset)),
            DisconnectCause::Lost,
            None,
            "the connection failed: connection reset",
        ),
        (
            RecoveryStep::MainHost,
            None,
            DisconnectCause::Lost,
            None,
            "the connection was lost",
        ),
        (
            RecoveryStep::MainHost,
            None,
            DisconnectCause::Closed { code: Some(4000) },
            Some(CloseFrame::new(4000, "oh\nno")),
            "the server closed the connection with code 4000 (oh\\nno)",
        ),
        (
            RecoveryStep::MainHost,
            None,
            DisconnectCause::Zombie,
            None,
            "the server did not acknowledge a heartbeat",
        ),
    ] {
        let mut history = History::new();
        history.connecting(step);
        if let Some(error) = &error {
            history.failed(error);
        }
        history.disconnected(cause, frame);
        assert_eq!(history.cause(), expected);
    }
}

#[test]
fn server_that_sends_the_token_back_is_not_quoted() {
    let mut history = History::new();
    history.connecting(RecoveryStep::Identify).disconnected(
        DisconnectCause::Closed { code: Some(4000) },
        Some(CloseFrame::new(4000, "bad t0ken")),
    );
    let cause = history.cause();
    assert!(!cause.contains("t0ken"), "{cause}");
    assert!(cause.ends_with("(bad <token>)"), "{cause}");
}

#[test]
fn error_of_an_attempt_is_not_the_cause_of_a_later_disconnect() {
    let mut history = History::new();
    let refused = ConnectError::new(ConnectErrorKind::Handshake { status: 503 });
    history
        .connecting(RecoveryStep::Identify)
        .failed(&ReceiveMessageError::from_connect(refused))
        .connecting(RecoveryStep::Identify)
        .disconnected(DisconnectCause::Lost, None);
    assert_eq!(history.cause(), "the connection was lost");
}
