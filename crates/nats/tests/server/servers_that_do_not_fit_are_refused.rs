use crate::harness::{connect, event, join, next, publish, request, taken};
use gloaming_coordinator::{Events, Leases};
use gloaming_nats::{
    EventStream, NatsConfig, NatsCoordinator, NatsError, NatsErrorKind, NatsEvents, QueueSettings,
    Worker, WorkerConfig,
};
use gloaming_test_support::nats::NatsServer;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    net::TcpListener,
};

async fn refused(address: &str) -> NatsError {
    let config = NatsConfig::new(address, "bot").unwrap();
    let connected = NatsCoordinator::connect(&config, QueueSettings::default()).await;
    connected.unwrap_err()
}

#[tokio::test]
async fn wrong_password_is_denied_and_not_shown() {
    let server = NatsServer::start_with(&["--user", "bot", "--pass", "right"]);
    let error = refused(&format!("nats://bot:hunter2@{}", server.host())).await;
    assert_eq!(error.kind(), NatsErrorKind::Denied);
    let shown = format!("{error} {error:?} {:?}", std::error::Error::source(&error));
    assert!(shown.contains(&server.host()), "{shown}");
    assert!(!shown.contains("hunter2"), "{shown}");

    let config = NatsConfig::new(&format!("nats://bot:right@{}", server.host()), "bot").unwrap();
    let engine = NatsCoordinator::connect(&config, QueueSettings::default()).await;
    assert!(!format!("{:?}", engine.unwrap()).contains("right"));
}

#[tokio::test]
async fn missing_permission_is_named() {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR"));
    let file = folder.join("permissions.conf");
    // What the guide says, without the keys.
    let text = r#"authorization { users: [ { user: bot, password: right, permissions: {
        publish: ["$JS.API.>"], subscribe: ["_INBOX.>"] } } ] }"#;
    std::fs::write(&file, text).unwrap();
    let server = NatsServer::start_with(&["--config", file.to_str().unwrap()]);
    let config = NatsConfig::new(&format!("nats://bot:right@{}", server.host()), "bot").unwrap();
    let engine = NatsCoordinator::connect(&config, QueueSettings::default()).await;
    let error = engine.unwrap().join(request("a")).await.unwrap_err();
    let error = std::error::Error::source(&error).unwrap();
    let denied = error.downcast_ref::<NatsError>().unwrap();
    assert_eq!(denied.kind(), NatsErrorKind::Denied);
    let detail = std::error::Error::source(denied).unwrap().to_string();
    assert!(
        detail.contains("$KV.gloaming-bot-leases.node.a"),
        "{detail}"
    );

    let events = NatsEvents::connect(&config, EventStream::new()).await;
    let events = events.unwrap();
    let error = events.publish(event(0, "A", 1)).await.unwrap_err();
    let error = std::error::Error::source(&error).unwrap();
    let denied = error.downcast_ref::<NatsError>().unwrap();
    assert_eq!(denied.kind(), NatsErrorKind::Denied);
}

#[tokio::test]
async fn permissions_of_the_guide_are_enough() {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR"));
    let file = folder.join("enough-permissions.conf");
    let text = r#"authorization { users: [
        { user: node, password: n, permissions: {
            publish: ["$JS.API.>", "$KV.>", "gloaming.bot.>"], subscribe: ["_INBOX.>"] } }
        { user: worker, password: w, permissions: {
            publish: ["$JS.API.CONSUMER.>", "$JS.ACK.>"], subscribe: ["_INBOX.>"] } }
    ] }"#;
    std::fs::write(&file, text).unwrap();
    let server = NatsServer::start_with(&["--config", file.to_str().unwrap()]);
    let config = |user: &str| {
        let address = format!("nats://{user}@{}", server.host());
        NatsConfig::new(&address, "bot").unwrap()
    };
    let node = config("node:n");
    let engine = NatsCoordinator::connect(&node, QueueSettings::default()).await;
    let engine = engine.unwrap();
    join(&engine, "a").await;
    next(&mut engine.watch().await.unwrap()).await;
    let events = NatsEvents::connect(&node, EventStream::new())
        .await
        .unwrap();
    publish(&events, &event(0, "A", 1)).await;
    let group = WorkerConfig::new("group").unwrap();
    let mut worker = Worker::connect(&config("worker:w"), group).await.unwrap();
    taken(&mut worker).await.acknowledge().await.unwrap();
    worker.close().await.unwrap();
}

#[tokio::test]
async fn absent_server_is_unreachable() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    drop(listener);
    let error = refused(&address).await;
    assert_eq!(error.kind(), NatsErrorKind::Unreachable);
    assert!(error.to_string().contains(&address), "{error}");
}

#[tokio::test]
async fn server_without_jetstream_is_refused() {
    // An account without JetStream, as the address of a server alone does not show it.
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR"));
    let file = folder.join("without-jetstream.conf");
    let text =
        "accounts { bots { users: [ { user: bot, password: right } ] } }\nno_auth_user: bot\n";
    std::fs::write(&file, text).unwrap();
    let server = NatsServer::start_with(&["--config", file.to_str().unwrap()]);
    let error = refused(&server.address()).await;
    assert_eq!(error.kind(), NatsErrorKind::NoJetStream, "{error}");
}

#[tokio::test]
async fn server_that_is_too_old_is_refused() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let server = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let mut stream = BufReader::new(stream);
        let info = r#"{"server_id":"x","server_name":"x","version":"2.9.25","proto":1,"go":"","host":"127.0.0.1","port":4222,"headers":true,"max_payload":1048576,"client_id":1,"jetstream":true}"#;
        stream
            .write_all(format!("INFO {info}\r\n").as_bytes())
            .await
            .unwrap();
        let mut line = String::new();
        while stream.read_line(&mut line).await.unwrap() > 0 {
            if line.starts_with("PING") {
                stream.write_all(b"PONG\r\n").await.unwrap();
            }
            line.clear();
        }
    });
    let error = refused(&address).await;
    assert_eq!(error.kind(), NatsErrorKind::TooOld);
    let text = error.to_string();
    assert!(text.contains("2.9.25") && text.contains("2.11"), "{text}");
    server.abort();
}

#[tokio::test]
async fn bucket_with_wrong_settings_is_refused() {
    let server = NatsServer::start();
    let client = async_nats::connect(server.address()).await.unwrap();
    let stream = async_nats::jetstream::stream::Config {
        name: "KV_gloaming-bot-leases".to_owned(),
        subjects: vec!["$KV.gloaming-bot-leases.>".to_owned()],
        max_messages_per_subject: 1,
        discard: async_nats::jetstream::stream::DiscardPolicy::New,
        ..Default::default()
    };
    let jetstream = async_nats::jetstream::new(client);
    jetstream.create_stream(stream).await.unwrap();
    let error = refused(&server.address()).await;
    assert_eq!(error.kind(), NatsErrorKind::WrongStream);
    let text = error.to_string();
    for part in [
        "KV_gloaming-bot-leases",
        "allow_msg_ttl",
        "nats stream edit",
    ] {
        assert!(text.contains(part), "{text}");
    }

    // Other bots of the same account have buckets of their own, and a second connection finds those of the first.
    drop(connect(&server, "other").await);
    drop(connect(&server, "other").await);
}
