//! A program of its own, since the warning is logged once per process.

use gloaming_queue::MemoryLedger;
use gloaming_shard::{ConfigBuilder, EventTypeFlags, Intents, Shard, ShardId, transport::Proxy};
use gloaming_test_support::Logs;
use std::net::{Ipv4Addr, TcpListener};
use tracing::Level;

fn config() -> ConfigBuilder {
    // Nobody listens there, so that no connection leaves this machine.
    let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .and_then(|listener| listener.local_addr())
        .expect("the loopback interface has free ports")
        .port();
    let proxy = Proxy::http_connect("127.0.0.1", port);
    ConfigBuilder::new("token".to_owned(), Intents::GUILDS).network_proxy(proxy)
}

async fn attempt(config: ConfigBuilder) {
    let mut shard = Shard::with_config(ShardId::ONE, config.build());
    shard.next_item(EventTypeFlags::empty()).await;
}

#[tokio::test]
async fn missing_ledger_is_said_once() {
    let (logs, _guard) = Logs::capture(Level::WARN);
    let said = || {
        let lines = logs.lines();
        lines
            .iter()
            .filter(|line| line.contains("FileLedger::for_bot"))
            .count()
    };
    attempt(config().gateway_url("ws://127.0.0.1:1".to_owned())).await;
    assert_eq!(said(), 0, "another gateway has no daily limit");
    let with_ledger = config().identify_ledger(MemoryLedger::new());
    attempt(with_ledger.expect("the ledger is empty")).await;
    assert_eq!(said(), 0, "there is a ledger");
    for _ in 0..2 {
        attempt(config()).await;
        assert_eq!(said(), 1);
    }
}
