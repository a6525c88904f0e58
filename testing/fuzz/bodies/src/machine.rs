use crate::{
    harness::{Bench, RESUME_HOST, ready_as, resumed},
    police::Police,
    script::Script,
};
use gloaming_machine::{Input, Session, Severity};
use gloaming_protocol::{CloseFrame, Payload};
use std::time::Duration;

/// Later steps are not made: what they would reach, a shorter script reaches too.
const MOST_STEPS: usize = 2_000;

/// 35 years.
const LONGEST_STEP: u64 = 1 << 40;

/// A conversation in which the server, the network, the queue, the user and the clock do as the
/// script says. The driver's part of the contract is kept: connections fail, end and close only
/// where there is one, and permits come only when they were asked for.
pub fn machine(data: &[u8]) {
    let mut script = Script::new(data);
    let session = (script.below(3) == 0).then(|| {
        Session::new(script.number(), script.text()).with_resume_url(resume_url(&mut script))
    });
    let bound = usize::from(script.byte());
    let seed = script.u64();
    let mut bench = Bench::build(|config| config.command_bound = bound, session, seed);
    let mut police = Police::new("this input");
    for _ in 0..MOST_STEPS {
        if script.is_over() {
            break;
        }
        let from = bench.log.len();
        step(&mut bench, &mut police, &mut script);
        police.watch(&bench, from);
    }
    police.settle(&mut bench);
}

fn step(bench: &mut Bench, police: &mut Police, script: &mut Script<'_>) {
    match script.below(32) {
        0..=7 => follow_the_protocol(bench, police, script),
        8 => bench.now += Duration::from_millis(script.number() % LONGEST_STEP),
        9 => bench.now += Duration::from_millis(u64::from(script.u16())),
        10 | 11 if bench.deadline.is_some() => drop(bench.next_deadline()),
        12 | 13 => drop(bench.ack()),
        14 => drop(bench.dispatch(script.number())),
        15 => {
            let next = bench.sequence().unwrap_or_default().saturating_add(1);
            drop(bench.dispatch(next));
        }
        16 => drop(bench.payload(&ready(script))),
        17 => drop(bench.payload(&resumed(script.number()))),
        18 => control(bench, script),
        19 => drop(bench.payload(&format!(
            r#"{{"op":10,"d":{{"heartbeat_interval":{}}}}}"#,
            script.number()
        ))),
        20 => anything(bench, &script.text()),
        21 => drop(bench.input(Input::Unreadable)),
        22 if police.connecting_or_open() => drop(bench.lost()),
        23 if police.connecting_or_open() => close(bench, script),
        24 => police.command(bench, script.text()),
        25 => {
            for _ in 0..script.byte() {
                police.command(bench, "{}");
            }
        }
        26 => drop(bench.input(Input::ReadPaused)),
        27 => drop(bench.input(Input::ReadResumed)),
        28 => drop(bench.input(Input::PermitRefused {
            retry_in: Some(Duration::from_millis(script.number())),
        })),
        29 => drop(bench.input(Input::PermitRefused { retry_in: None })),
        30 => drop(bench.input(Input::Reconnect)),
        31 => match script.below(8) {
            0 => {
                let frame = CloseFrame::new(script.u16(), "");
                drop(bench.input(Input::Shutdown(frame)));
            }
            1 | 2 => police.write_blocked(bench),
            3 | 4 => police.write_ready(bench),
            _ => drop(bench.input(Input::Timeout)),
        },
        _ => drop(bench.input(Input::Timeout)),
    }
}

/// What the state is waiting for.
fn follow_the_protocol(bench: &mut Bench, police: &mut Police, script: &mut Script<'_>) {
    match bench.machine.state_name() {
        "idle" => drop(bench.input(Input::Start)),
        "connecting" => match script.below(8) {
            0 | 1 => drop(bench.connect_failed()),
            2 => drop(bench.input(Input::ConnectFailed(Severity::Permanent))),
            _ => drop(bench.input(Input::Connected)),
        },
        "awaiting hello" => drop(bench.hello()),
        "awaiting permit" => police.permit(bench),
        "identifying" => drop(bench.payload(&ready_as(&script.byte().to_string(), 1))),
        "resuming" => {
            let next = bench.sequence().unwrap_or_default().saturating_add(1);
            drop(bench.payload(&resumed(next)));
        }
        "closing" => close(bench, script),
        _ => drop(bench.input(Input::Timeout)),
    }
}

/// Op 1, 7 or 9.
fn control(bench: &mut Bench, script: &mut Script<'_>) {
    drop(bench.payload(match script.below(5) {
        0 => r#"{"op":1,"d":null}"#,
        1 => r#"{"op":7,"d":null}"#,
        2 => r#"{"op":9,"d":true}"#,
        3 => r#"{"op":9,"d":false}"#,
        _ => r#"{"op":9,"d":[]}"#,
    }));
}

fn close(bench: &mut Bench, script: &mut Script<'_>) {
    let frame = match script.below(8) {
        0 => None,
        1 => Some(CloseFrame {
            code: script.u16(),
            reason: script.text().into(),
        }),
        _ => Some(CloseFrame::new(4000 + u16::from(script.below(16)), "")),
    };
    bench.input(Input::Closed { frame });
}

/// As the driver does: what is no payload is unreadable.
fn anything(bench: &mut Bench, text: &str) {
    match Payload::parse(text) {
        Ok(payload) => drop(bench.input(Input::Payload(&payload))),
        Err(_) => drop(bench.input(Input::Unreadable)),
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
