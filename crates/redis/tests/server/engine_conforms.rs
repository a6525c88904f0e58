use crate::harness::TestedBot;
use gloaming_coordinator::conformance;
use gloaming_test_support::redis::RedisServer;
use std::cell::Cell;

#[tokio::test]
async fn engine_on_redis_conforms() {
    let server = RedisServer::start();
    let bots = Cell::new(0);
    conformance::check(async || {
        bots.set(bots.get() + 1);
        TestedBot::new(&server, &format!("bot-{}", bots.get())).await
    })
    .await;
    assert!(bots.get() > 3);
}
