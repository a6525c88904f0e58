//! Types of the re-exported twilight crates are the types that this crate uses.

use gloaming::twilight_model::{gateway, id::Id};

#[test]
fn twilight_model_matches() {
    let event: gloaming::Event = gateway::event::Event::Resumed;
    assert_eq!(event.kind(), gateway::event::EventType::Resumed);
    let intents: gloaming::Intents = gateway::Intents::GUILDS;
    let shard: gloaming::ShardId = gateway::ShardId::ONE;
    let frame: gloaming::CloseFrame<'_> = gateway::CloseFrame::NORMAL;
    assert!(!intents.is_empty() && shard.total() == 1 && frame.code == 1000);
    let total = std::num::NonZeroU32::MIN;
    assert_eq!(gloaming::protocol::shard_of(Id::new(1), total), 0);
}

#[cfg(feature = "twilight-http")]
#[tokio::test]
async fn twilight_http_matches() {
    let http = gloaming::twilight_http::Client::builder()
        .proxy("127.0.0.1:1".to_owned(), true)
        .build();
    let config = gloaming::Config::new("token".to_owned(), gloaming::Intents::GUILDS);
    let builder = gloaming::Cluster::builder("token".to_owned(), config.intents());
    drop(builder.http_client(http));
}
