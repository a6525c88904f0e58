//! Handling one event in the state machine of a shard.

use divan::Bencher;
use gloaming::machine::{Input, Machine, MachineConfig, Output};
use gloaming_bench::now;
use gloaming_protocol::{Compression, Payload, Token};

use crate::traffic::payload;

fn drain(machine: &mut Machine) -> usize {
    let outputs = std::iter::from_fn(|| match machine.poll_output() {
        Output::Wait(_) => None,
        output => Some(output),
    });
    outputs.count()
}

#[divan::bench]
fn dispatch(bencher: Bencher<'_, '_>) {
    let identify = r#"{"op":2,"d":{}}"#.to_owned();
    let url = "wss://gateway.discord.gg";
    let config = MachineConfig::new(Token::new("token"), identify, url, Compression::None)
        .expect("the url is valid");
    let mut machine = Machine::new(config, None, 7);
    let time = now();
    let hello = Payload::parse(r#"{"op":10,"d":{"heartbeat_interval":41250}}"#);
    let ready = r#"{"t":"READY","s":1,"op":0,"d":{"session_id":"s","resume_gateway_url":"wss://gateway.discord.gg","guilds":[]}}"#;
    let inputs = [
        Input::Start,
        Input::Connected,
        Input::Payload(&hello.expect("it is a payload")),
        Input::PermitGranted,
    ];
    for input in inputs {
        machine.handle_input(time, input);
        drain(&mut machine);
    }
    while machine.poll_transmit(time).is_some() {
        drain(&mut machine);
        machine.handle_input(time, Input::Flushed);
        drain(&mut machine);
    }
    let ready = Payload::parse(ready).expect("it is a payload");
    machine.handle_input(time, Input::Payload(&ready));
    drain(&mut machine);
    let text = payload("MESSAGE_CREATE");
    let mut sequence = 1;
    bencher
        .with_inputs(|| {
            sequence += 1;
            text.replace(r#""s":42"#, &format!(r#""s":{sequence}"#))
        })
        .bench_local_refs(|text| {
            let event = Payload::parse(text).expect("it is a payload");
            machine.handle_input(time, Input::Payload(&event));
            drain(&mut machine)
        });
}
