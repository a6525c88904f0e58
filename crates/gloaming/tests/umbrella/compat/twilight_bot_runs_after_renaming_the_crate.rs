//! The usual bot of twilight-gateway's users, with the crate's name changed and the gateway's URL set.

use gloaming::{
    CloseFrame, Config, ConfigBuilder, Event, EventTypeFlags, Intents, Latency, Message,
    MessageSender, Session, Shard, ShardId, ShardState, StreamExt as _,
    error::ReceiveMessageErrorType, queue::InMemoryQueue,
};
use gloaming_emulator::{DEFAULT_TOKEN, Emulator};
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

static SHUTDOWN: AtomicBool = AtomicBool::new(false);

#[tokio::test]
async fn runner_tasks_senders_and_a_shutdown_flag() {
    let emulator = Emulator::builder()
        .guilds(4)
        .events_per_second(100.0)
        .identify_interval(Duration::from_millis(1))
        .start()
        .await
        .expect("loopback can be listened on");

    let queue = InMemoryQueue::new(1, 1_000, Duration::from_secs(86_400), 1_000);
    let config = ConfigBuilder::new(
        DEFAULT_TOKEN.to_owned(),
        Intents::GUILDS | Intents::GUILD_MESSAGES,
    )
    .gateway_url(emulator.url())
    .large_threshold(100)
    .queue(queue)
    .build();
    let shards = (0..2).map(|number| {
        let config: Config = ConfigBuilder::from(config.clone()).build();
        Shard::with_config(ShardId::new(number, 2), config)
    });

    let messages = Arc::new(AtomicU64::new(0));
    let mut senders: Vec<MessageSender> = Vec::new();
    let mut tasks = Vec::new();
    for shard in shards {
        senders.push(shard.sender());
        tasks.push(tokio::spawn(runner(shard, Arc::clone(&messages))));
    }

    while messages.load(Ordering::Relaxed) < 20 {
        tokio::task::yield_now().await;
    }
    SHUTDOWN.store(true, Ordering::Relaxed);
    for sender in senders {
        // Ignore error if shard's already shutdown.
        _ = sender.close(CloseFrame::NORMAL);
    }
    for task in tasks {
        task.await.expect("no runner panics");
    }
    assert_eq!(emulator.violations(), []);
}

async fn runner(mut shard: Shard, messages: Arc<AtomicU64>) {
    while let Some(item) = shard.next_event(EventTypeFlags::all()).await {
        let event = match item {
            Ok(Event::GatewayClose(_)) if SHUTDOWN.load(Ordering::Relaxed) => break,
            Ok(event) => event,
            Err(source)
                if SHUTDOWN.load(Ordering::Relaxed)
                    && matches!(source.kind(), ReceiveMessageErrorType::WebSocket) =>
            {
                break;
            }
            Err(source) => panic!("{source}"),
        };
        match event {
            Event::MessageCreate(_) => drop(messages.fetch_add(1, Ordering::Relaxed)),
            Event::Ready(ready) => {
                assert_eq!(shard.session().map(Session::id), Some(&*ready.session_id));
                assert_eq!(shard.state(), ShardState::Active);
                assert!(shard.state().is_identified());
            }
            _ => {}
        }
    }
}

#[tokio::test]
async fn raw_messages_and_accessors() {
    let emulator = Emulator::builder()
        .start()
        .await
        .expect("loopback can be listened on");
    let config = ConfigBuilder::new(DEFAULT_TOKEN.to_owned(), Intents::GUILDS)
        .proxy_url(emulator.url().to_owned())
        .build();
    let mut shard = Shard::with_config(ShardId::ONE, config);
    assert_eq!(shard.id(), ShardId::ONE);
    assert_eq!(shard.config().intents(), Intents::GUILDS);
    assert!(shard.ratelimiter().is_none(), "there is no session yet");
    assert_eq!(shard.latency().average(), Latency::average(shard.latency()));

    loop {
        match shard.next_message().await {
            Some(Ok(Message::Text(json))) if json.contains("\"READY\"") => break,
            Some(Ok(Message::Text(_))) => {}
            other => panic!("{other:?}"),
        }
    }
    let limit = shard.ratelimiter().expect("a session is up");
    assert!(limit.available() <= limit.max() && limit.max() > 100);
    assert!(shard.resume_url().is_some());

    shard.close(CloseFrame::RESUME);
    loop {
        match shard.next_message().await {
            Some(Ok(Message::Close(frame))) => {
                assert_eq!(frame.map(|frame| frame.code), Some(4000));
            }
            Some(Ok(Message::Text(_))) => {}
            Some(Err(error)) => panic!("{error}"),
            None => break,
        }
    }
    let session = shard.session().cloned().expect("4000 keeps the session");

    let config = ConfigBuilder::new(DEFAULT_TOKEN.to_owned(), Intents::GUILDS)
        .gateway_url(emulator.url())
        .session(session)
        .build();
    let mut shard = Shard::with_config(ShardId::ONE, config);
    while let Some(event) = shard.next_event(EventTypeFlags::RESUMED).await {
        if matches!(event, Ok(Event::Resumed)) {
            break;
        }
    }
    assert_eq!(emulator.stats().identifies, 1);
}
