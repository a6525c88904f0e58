//! No `Debug` and no error shows the token.

use gloaming_shard::{
    ConfigBuilder, Intents, Item, Shard, ShardId, StreamExt as _,
    machine::{Input, Machine, MachineConfig},
    transport::{ConnectError, ConnectErrorKind, MemoryConnector, Outbound},
};
use std::{error::Error, fmt::Debug};

const TOKEN: &str = "MTk4NjIyNDgzNDcxOTI1MjQ4.Cl2FMQ.ZnCjm1XVW7vRze4b7Cq4se7kKWs";

#[track_caller]
fn check(shown: impl Debug) {
    for text in [format!("{shown:?}"), format!("{shown:#?}")] {
        assert!(!text.is_empty());
        assert!(!text.contains(TOKEN), "{text}");
    }
}

#[track_caller]
fn check_error(error: &dyn Error) {
    check(error);
    let mut cause = Some(error);
    while let Some(error) = cause {
        assert!(!error.to_string().contains(TOKEN), "{error}");
        cause = error.source();
    }
}

fn builder() -> ConfigBuilder {
    ConfigBuilder::new(format!("Bot {TOKEN}"), Intents::GUILDS)
}

#[tokio::test]
async fn configuration_and_shard_hide_the_token() {
    check(builder());
    let config = builder().build();
    check(&config);
    let shard = Shard::with_config(ShardId::ONE, config);
    check(&shard);
    check(shard.sender());
}

/// The path and query of a gateway proxy's URL may contain a password.
#[test]
fn configuration_hides_proxy_credentials() {
    let url = format!("wss://proxy.test/{TOKEN}?key={TOKEN}");
    check(builder().proxy_url(url.clone()));
    check(builder().gateway_url(url.as_str()).build());
    check(MachineConfig::new(
        gloaming_protocol::Token::new("another"),
        String::new(),
        &url,
        gloaming_shard::Compression::None,
    ));
}

#[tokio::test]
async fn configuration_errors_hide_the_token() {
    for invalid in [
        builder().large_threshold(1),
        builder().gateway_url("https://discord.gg"),
    ] {
        check_error(&invalid.clone().try_build().unwrap_err());
        let mut shard = Shard::with_config(ShardId::ONE, invalid.build());
        check_error(&shard.next_message().await.unwrap().unwrap_err());
        check(&shard);
    }
}

#[tokio::test(start_paused = true)]
async fn identify_and_resume_hide_the_token() {
    let (connector, mut listener) = MemoryConnector::new();
    let config = builder().connector(connector).build();
    let mut shard = Shard::with_config(ShardId::ONE, config);
    let server = tokio::spawn(async move {
        let refused = listener.next().await.unwrap();
        refused.refuse(ConnectError::new(ConnectErrorKind::Tcp));
        let mut peer = listener.next().await.unwrap().accept();
        let hello = r#"{"op":10,"d":{"heartbeat_interval":41250},"s":null,"t":null}"#;
        peer.text(hello).await.unwrap();
        loop {
            let sent = peer.receive().await.unwrap();
            check(&sent);
            if matches!(&sent, Outbound::Text(text) if text.contains(TOKEN)) {
                return;
            }
        }
    });

    loop {
        tokio::select! {
            item = shard.next_item(gloaming_shard::EventTypeFlags::all()) => {
                let item = item.unwrap();
                check(&item);
                if let Item::Failure(error) = item {
                    check_error(&error);
                }
            }
            () = tokio::task::yield_now(), if server.is_finished() => break,
        }
        check(&shard);
    }
    server.await.unwrap();
}

#[test]
#[expect(clippy::disallowed_methods, reason = "made-up time needs an origin")]
fn machine_hides_the_token() {
    let config = MachineConfig::new(
        gloaming_protocol::Token::new(TOKEN),
        format!(r#"{{"op":2,"d":{{"token":"{TOKEN}"}}}}"#),
        "wss://gateway.test",
        gloaming_shard::Compression::None,
    )
    .unwrap();
    check(&config);
    let mut machine = Machine::new(config, None, 0);
    check(&machine);
    machine.handle_input(std::time::Instant::now(), Input::Start);
    check(machine.poll_output());
}
