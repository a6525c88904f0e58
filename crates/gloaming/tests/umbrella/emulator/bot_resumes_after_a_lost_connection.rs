#[tokio::test]
async fn bot_resumes_after_a_lost_connection() -> Result<(), Box<dyn std::error::Error>> {
    use gloaming::emulator::{DEFAULT_TOKEN, Emulator, Selector};
    use gloaming::{ConfigBuilder, EventTypeFlags, Intents, Shard, ShardId, StreamExt as _};

    let emulator = Emulator::builder().guilds(3).start().await?;
    let config = ConfigBuilder::new(DEFAULT_TOKEN.to_owned(), Intents::GUILDS);
    let config = config.gateway_url(emulator.url()).build();
    let mut bot = Shard::with_config(ShardId::ONE, config);
    tokio::spawn(async move { while bot.next_event(EventTypeFlags::all()).await.is_some() {} });
    emulator.wait_until(|s| s.sessions_started == 1).await;
    emulator.drop_connections(Selector::All);
    emulator.wait_until(|s| s.sessions_resumed == 1).await;
    assert_eq!(emulator.violations(), [], "the bot obeys Discord's rules");
    Ok(())
}
