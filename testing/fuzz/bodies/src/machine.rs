use crate::script::Script;
use gloaming_machine::{Input, Session};
use gloaming_protocol::{CloseFrame, Payload};
use gloaming_test_support::machine::{Harness, InvariantChecker, RESUME_HOST, ready_as, resumed};
use std::time::Duration;

/// The maximum number of steps. Longer scripts do not reach more code.
const MAX_STEPS: usize = 2_000;

/// 35 years.
const MAX_STEP_MILLIS: u64 = 1 << 40;

/// Runs a machine with inputs of the server, the network, the queue, the user and the clock that are determined by
/// the script. The inputs keep the driver's part of the contract: only an existing connection fails, ends or closes,
/// and permits are granted only if they were requested.
pub fn machine(data: &[u8]) {
    let mut script = Script::new(data);
    let session = (script.below(3) == 0).then(|| {
        Session::new(script.number(), script.text()).with_resume_url(resume_url(&mut script))
    });
    let bound = usize::from(script.byte());
    let seed = script.u64();
    let mut harness = Harness::build(|config| config.command_bound = bound, session, seed);
    let mut invariants = InvariantChecker::new("this input");
    for _ in 0..MAX_STEPS {
        if script.is_over() {
            break;
        }
        let from = harness.log.len();
        step(&mut harness, &mut invariants, &mut script);
        invariants.watch(&harness, from);
    }
    invariants.settle(&mut harness);
}

fn step(harness: &mut Harness, invariants: &mut InvariantChecker, script: &mut Script<'_>) {
    match script.below(32) {
        0..=7 => follow_the_protocol(harness, invariants, script),
        8 => harness.now += Duration::from_millis(script.number() % MAX_STEP_MILLIS),
        9 => harness.now += Duration::from_millis(u64::from(script.u16())),
        10 | 11 if harness.deadline.is_some() => drop(harness.next_deadline()),
        12 | 13 => drop(harness.ack()),
        14 => drop(harness.dispatch(script.number())),
        15 => {
            let next = harness.sequence().unwrap_or_default().saturating_add(1);
            drop(harness.dispatch(next));
        }
        16 => drop(harness.payload(&ready(script))),
        17 => drop(harness.payload(&resumed(script.number()))),
        18 => control(harness, script),
        19 => drop(harness.payload(&format!(
            r#"{{"op":10,"d":{{"heartbeat_interval":{}}}}}"#,
            script.number()
        ))),
        20 => arbitrary_text(harness, &script.text()),
        21 => drop(harness.input(Input::Unreadable)),
        22 if invariants.connecting_or_open() => drop(harness.lost()),
        23 if invariants.connecting_or_open() => close(harness, script),
        24 => invariants.command(harness, script.text()),
        25 => {
            for _ in 0..script.byte() {
                invariants.command(harness, "{}");
            }
        }
        26 => drop(harness.input(Input::ReadPaused)),
        27 => drop(harness.input(Input::ReadResumed)),
        28 => drop(harness.input(Input::PermitRefused {
            retry_in: Some(Duration::from_millis(script.number())),
        })),
        29 => drop(harness.input(Input::PermitRefused { retry_in: None })),
        30 => match script.below(8) {
            0 => drop(harness.input(Input::NewSession)),
            _ => drop(harness.input(Input::Reconnect)),
        },
        31 => match script.below(8) {
            0 => {
                let frame = CloseFrame::new(script.u16(), "");
                drop(harness.input(Input::Shutdown(frame)));
            }
            1 | 2 => harness.block(),
            3 | 4 => drop(harness.unblock()),
            _ => drop(harness.input(Input::Timeout)),
        },
        _ => drop(harness.input(Input::Timeout)),
    }
}

/// Provides an input that the state waits for.
fn follow_the_protocol(
    harness: &mut Harness,
    invariants: &mut InvariantChecker,
    script: &mut Script<'_>,
) {
    match harness.machine.state_name() {
        "idle" => drop(harness.input(Input::Start)),
        "connecting" => match script.below(8) {
            0 | 1 => drop(harness.connect_failed()),
            2 => drop(harness.connect_rejected()),
            _ => drop(harness.input(Input::Connected)),
        },
        "awaiting hello" => drop(harness.hello()),
        "awaiting permit" => invariants.permit(harness),
        "identifying" => drop(harness.payload(&ready_as(&script.byte().to_string(), 1))),
        "resuming" => {
            let next = harness.sequence().unwrap_or_default().saturating_add(1);
            drop(harness.payload(&resumed(next)));
        }
        "closing" => close(harness, script),
        _ => drop(harness.input(Input::Timeout)),
    }
}

/// Provides op 1, 7 or 9.
fn control(harness: &mut Harness, script: &mut Script<'_>) {
    drop(harness.payload(match script.below(5) {
        0 => r#"{"op":1,"d":null}"#,
        1 => r#"{"op":7,"d":null}"#,
        2 => r#"{"op":9,"d":true}"#,
        3 => r#"{"op":9,"d":false}"#,
        _ => r#"{"op":9,"d":[]}"#,
    }));
}

fn close(harness: &mut Harness, script: &mut Script<'_>) {
    let frame = match script.below(8) {
        0 => None,
        1 => Some(CloseFrame {
            code: script.u16(),
            reason: script.text().into(),
        }),
        _ => Some(CloseFrame::new(4000 + u16::from(script.below(16)), "")),
    };
    harness.input(Input::Closed { frame });
}

/// Provides any text, as the driver does: a text that is not a payload is unreadable.
fn arbitrary_text(harness: &mut Harness, text: &str) {
    match Payload::parse(text) {
        Ok(payload) => drop(harness.input(Input::Payload(&payload))),
        Err(_) => drop(harness.input(Input::Unreadable)),
    }
}

fn ready(script: &mut Script<'_>) -> String {
    let sequence = script.number();
    let id = quoted(&script.text());
    let url = quoted(&resume_url(script));
    format!(
        r#"{{"t":"READY","s":{sequence},"op":0,"d":{{"v":10,"session_id":{id},"resume_gateway_url":{url}}}}}"#
    )
}

fn resume_url(script: &mut Script<'_>) -> String {
    match script.below(3) {
        0 => script.text(),
        1 => format!("wss://{}", script.text()),
        _ => RESUME_HOST.to_owned(),
    }
}

fn quoted(text: &str) -> String {
    serde_json::to_string(text).expect("a string is JSON")
}
