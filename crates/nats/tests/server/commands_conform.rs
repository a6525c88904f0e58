use crate::harness::config;
use gloaming_coordinator::conformance::{self, TestedCommands};
use gloaming_nats::NatsCommands;
use gloaming_test_support::nats::NatsServer;
use std::{cell::Cell, sync::Mutex, time::Duration};

/// The commands of a bot on a server, with connections that were made before.
struct Tested(Mutex<Vec<NatsCommands>>);

impl TestedCommands for Tested {
    type Connection = NatsCommands;

    fn connect(&self) -> NatsCommands {
        let connection = self.0.lock().unwrap().pop();
        connection.expect("no check needs more connections")
    }
}

#[tokio::test]
async fn commands_on_nats_conform() {
    let server = NatsServer::start();
    let bots = Cell::new(0);
    conformance::check_commands(async || {
        bots.set(bots.get() + 1);
        let config = config(&server, &format!("bot-{}", bots.get()));
        let mut connections = Vec::new();
        for _ in 0..3 {
            let connection = NatsCommands::connect(&config).await.unwrap();
            connections.push(connection.with_timeout(Duration::from_secs(5)));
        }
        Tested(Mutex::new(connections))
    })
    .await;
    assert!(bots.get() > 3);
}
