use crate::harness::{command, connect, join, request, source};
use gloaming_coordinator::Leases;
use gloaming_redis::{QueueSettings, RedisConfig, RedisCoordinator, RedisError, RedisErrorKind};
use gloaming_test_support::redis::RedisServer;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};

async fn refused(address: &str) -> RedisError {
    let config = RedisConfig::new(address, "bot").unwrap();
    let connected = RedisCoordinator::connect(&config, QueueSettings::default()).await;
    connected.unwrap_err()
}

#[tokio::test]
async fn wrong_password_is_denied_and_not_shown() {
    let server = RedisServer::start_with(&["--requirepass", "right"]);
    for user in ["", "default", "other"] {
        let error = refused(&format!("redis://{user}:hunter2@{}", server.host())).await;
        assert_eq!(error.kind(), RedisErrorKind::Denied);
        let shown = format!("{error} {error:?} {:?}", std::error::Error::source(&error));
        assert!(shown.contains(&server.host()), "{shown}");
        assert!(!shown.contains("hunter2"), "{shown}");
    }
    assert_eq!(
        refused(&server.address()).await.kind(),
        RedisErrorKind::Denied
    );

    let config = RedisConfig::new(&server.address(), "bot").unwrap();
    let config = config.with_password("right");
    let engine = RedisCoordinator::connect(&config, QueueSettings::default()).await;
    assert!(!format!("{:?}", engine.unwrap()).contains("right"));
}

#[tokio::test]
async fn server_that_may_delete_leases_is_refused() {
    for policy in ["allkeys-lru", "allkeys-lfu", "allkeys-random"] {
        let server = RedisServer::start_with(&["--maxmemory-policy", policy]);
        let error = refused(&server.address()).await;
        assert_eq!(error.kind(), RedisErrorKind::Evicting);
        assert!(error.to_string().contains(policy), "{error}");
    }
    let server = RedisServer::start_with(&["--maxmemory-policy", "volatile-lru"]);
    join(&connect(&server, "bot").await, "a").await;
}

#[tokio::test]
async fn replica_is_refused_and_a_primary_that_becomes_one_is_left() {
    let primary = RedisServer::start();
    let port = primary.port().to_string();
    let replica = RedisServer::start_with(&["--replicaof", "127.0.0.1", &port]);
    assert_eq!(
        refused(&replica.address()).await.kind(),
        RedisErrorKind::Replica
    );

    let engine = connect(&primary, "bot").await;
    join(&engine, "a").await;
    command(&primary, &["REPLICAOF", "127.0.0.1", "1"]).await;
    let error = engine.join(request("a")).await.unwrap_err();
    assert_eq!(source(&error).kind(), RedisErrorKind::Replica);
    command(&primary, &["REPLICAOF", "NO", "ONE"]).await;
    join(&engine, "a").await;
}

/// The user in the documentation.
const USER: &str = "ACL SETUSER bot on >right resetkeys ~{gloaming:my-bot}:* -@all +@scripting +@hash +@stream +info +time \
                    +get +set";

#[tokio::test]
async fn user_of_the_documentation_may_do_what_a_node_does_and_no_more() {
    let server = RedisServer::start();
    let user: Vec<_> = USER.split_whitespace().collect();
    command(&server, &user).await;
    let address = format!("redis://bot:right@{}", server.host());
    let config = RedisConfig::new(&address, "my-bot").unwrap();
    let engine = RedisCoordinator::connect(&config, QueueSettings::default()).await;
    let engine = engine.unwrap();
    join(&engine, "a").await;
    engine.agree("16").await.unwrap();
    engine.watch().await.unwrap().next().await.unwrap();

    let config = RedisConfig::new(&address, "another-bot").unwrap();
    let engine = RedisCoordinator::connect(&config, QueueSettings::default()).await;
    let error = engine.unwrap().join(request("a")).await.unwrap_err();
    assert_eq!(source(&error).kind(), RedisErrorKind::Denied);

    // Without INFO, the settings are not known, and the log says so.
    command(&server, &["ACL", "SETUSER", "bot", "-info"]).await;
    let config = RedisConfig::new(&address, "my-bot").unwrap();
    let engine = RedisCoordinator::connect(&config, QueueSettings::default()).await;
    join(&engine.unwrap(), "b").await;
}

#[tokio::test]
async fn what_is_no_redis_server_is_an_error() {
    for answer in [
        &b"HTTP/1.1 400 Bad Request\r\n\r\n"[..],
        b"\x00\xff\xfe",
        b"",
        b"$99999999999\r\n",
        b"*-7\r\n",
    ] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("redis://{}", listener.local_addr().unwrap());
        let serving = tokio::spawn(async move {
            while let Ok((mut client, _)) = listener.accept().await {
                let mut buffer = [0; 1024];
                _ = client.read(&mut buffer).await;
                _ = client.write_all(answer).await;
            }
        });
        let error = refused(&address).await;
        let kind = error.kind();
        let is_expected = matches!(kind, RedisErrorKind::Unreachable | RedisErrorKind::Failed);
        assert!(is_expected, "{answer:?}: {error:?}");
        serving.abort();
    }
}
