use gloaming_machine::{DisconnectCause, Input, SendKind};
use gloaming_protocol::limits::{EVENTLESS_FRAMES_AT_ONCE, EVENTLESS_FRAMES_PER_SECOND};
use gloaming_test_support::machine::{
    Effect, Harness, INTERVAL, causes, close_codes, message, sent,
};
use std::time::Duration;

/// A server that sends one thing without end.
#[derive(Clone, Copy, Debug)]
enum Flood {
    Empty,
    Payload(&'static str),
    Duplicates,
}

const FLOODS: [Flood; 6] = [
    Flood::Empty,
    Flood::Payload(r#"{"op":11,"d":null}"#),
    Flood::Payload(r#"{"op":1,"d":null}"#),
    Flood::Payload(r#"{"op":99,"d":null}"#),
    Flood::Payload(r#"{"op":10,"d":{"heartbeat_interval":41250}}"#),
    Flood::Duplicates,
];

impl Flood {
    fn feed(self, harness: &mut Harness) -> Vec<Effect> {
        match self {
            Self::Empty => harness.input(Input::EmptyFrame),
            Self::Payload(json) => harness.payload(json),
            Self::Duplicates => harness.dispatch(1),
        }
    }

    /// Feeds frames with a backlog, until the machine leaves or the number is reached.
    fn run(self, harness: &mut Harness, frames: u32) -> (u32, Vec<DisconnectCause>) {
        harness.input(Input::ReadPaused);
        for count in 1..=frames {
            let causes = causes(&self.feed(harness));
            if !causes.is_empty() {
                return (count, causes);
            }
        }
        (frames, Vec::new())
    }
}

fn awaiting_hello() -> Harness {
    let mut harness = Harness::new();
    harness.input(Input::Start);
    harness.input(Input::Connected);
    harness
}

#[test]
fn flood_before_hello_ends_the_connection() {
    let dispatch = Flood::Payload(r#"{"t":"A","s":null,"op":0,"d":null}"#);
    let floods = [FLOODS[0], FLOODS[1], FLOODS[2], FLOODS[3], dispatch];
    for flood in floods {
        let mut harness = awaiting_hello();
        let (count, causes) = flood.run(&mut harness, EVENTLESS_FRAMES_AT_ONCE * 2);
        assert_eq!(causes, [DisconnectCause::Flooded], "{flood:?}");
        assert_eq!(count, EVENTLESS_FRAMES_AT_ONCE + 1, "{flood:?}");
    }
}

#[test]
fn flood_in_a_session_ends_the_connection_and_keeps_the_session() {
    for flood in FLOODS {
        let mut harness = Harness::ready();
        let (count, causes) = flood.run(&mut harness, EVENTLESS_FRAMES_AT_ONCE * 2);
        assert_eq!(causes, [DisconnectCause::Flooded], "{flood:?}");
        assert!(count <= EVENTLESS_FRAMES_AT_ONCE + 1, "{flood:?}: {count}");
        assert!(
            !close_codes(
                &harness
                    .log
                    .iter()
                    .map(|it| it.1.clone())
                    .collect::<Vec<_>>()
            )
            .contains(&1000)
        );
        harness.input(Input::Connected);
        let outputs = harness.hello();
        assert_eq!(sent(&outputs, SendKind::Resume).len(), 1, "{flood:?}");
    }
}

#[test]
fn deadline_after_a_flood_is_that_of_the_next_attempt() {
    for flood in FLOODS {
        let mut harness = Harness::ready();
        let heartbeat = harness.machine.deadline();
        flood.run(&mut harness, EVENTLESS_FRAMES_AT_ONCE * 2);
        let told = harness.machine.deadline();
        assert_ne!(told, heartbeat, "{flood:?}");
        // Changes nothing, and the deadline is computed anew.
        harness.input(Input::ReadPaused);
        assert_eq!(harness.machine.deadline(), told, "{flood:?}");
    }
}

#[test]
fn flood_for_an_hour_costs_few_connections() {
    for is_greeted in [false, true] {
        let mut harness = Harness::new();
        harness.input(Input::Start);
        let end = harness.now + Duration::from_secs(3_600);
        let (mut floods, mut frames) = (0, 0);
        while harness.now < end {
            match harness.machine.state_name() {
                "connecting" => {
                    harness.input(Input::Connected);
                    if is_greeted {
                        harness.hello();
                    }
                    frames += Flood::Empty
                        .run(&mut harness, EVENTLESS_FRAMES_AT_ONCE * 2)
                        .0;
                    floods += 1;
                }
                _ => drop(harness.next_deadline()),
            }
        }
        assert!(floods < 100, "{floods}");
        assert!(frames < 3_600 * EVENTLESS_FRAMES_PER_SECOND, "{frames}");
    }
}

#[test]
fn what_a_gateway_sends_is_no_flood() {
    let mut harness = Harness::ready();
    let mut sequence = 1;
    for _ in 0..3_600 {
        for _ in 0..20 {
            harness.input(Input::EmptyFrame);
            harness.payload(r#"{"op":1,"d":null}"#);
            sequence += 1;
            harness.payload(&message(sequence));
        }
        let outputs = harness.advance_acknowledged(Duration::from_secs(1));
        assert_eq!(causes(&outputs), []);
    }
}

#[test]
fn events_are_no_flood() {
    let mut harness = Harness::ready();
    for sequence in 2..EVENTLESS_FRAMES_AT_ONCE * 3 {
        harness.dispatch(sequence.into());
    }
    assert_eq!(
        harness.sequence(),
        Some(u64::from(EVENTLESS_FRAMES_AT_ONCE) * 3 - 1)
    );
    assert_eq!(causes(&harness.advance(INTERVAL)), []);
}

#[test]
fn each_connection_is_counted_by_itself() {
    let mut harness = Harness::ready();
    for _ in 0..3 {
        // HELLO counts as well.
        let (_, causes) = Flood::Empty.run(&mut harness, EVENTLESS_FRAMES_AT_ONCE - 1);
        assert_eq!(causes, []);
        harness.lost();
        harness.input(Input::Connected);
        harness.hello();
    }
}
