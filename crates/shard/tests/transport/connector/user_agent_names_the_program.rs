//! The handshake has a header `User-Agent`, which servers other than Discord's may require.
use crate::harness::websocket_server::{URL, upgrade};
use gloaming_shard::{
    Config, ConfigBuilder, Intents, UserAgent,
    transport::{DEFAULT_MAX_MESSAGE_BYTES, WebSocket},
};
use tokio::net::TcpListener;

const CUSTOM: &str = "DiscordBot (https://example.com/bot, 3.1) extra/2";

/// Connects with a configuration, and returns the headers `User-Agent` of the handshake.
async fn agents(configure: impl FnOnce(ConfigBuilder) -> ConfigBuilder) -> Vec<String> {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("ws://{}/", listener.local_addr().unwrap());
    let server = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        upgrade(&mut stream).await
    });
    let config: Config =
        configure(ConfigBuilder::new("token".to_owned(), Intents::empty())).build();
    config.connector().connect(&url).await.unwrap();
    agents_of(&server.await.unwrap())
}

fn agents_of(request: &str) -> Vec<String> {
    let headers = request.lines().filter_map(|line| line.split_once(": "));
    headers
        .filter(|(name, _)| name.eq_ignore_ascii_case("user-agent"))
        .map(|(_, value)| value.to_owned())
        .collect()
}

#[tokio::test]
async fn default_is_this_library() {
    let version = env!("CARGO_PKG_VERSION");
    let expected = format!("DiscordBot (https://github.com/gloaming-rs/gloaming, {version})");
    assert_eq!(agents(|builder| builder).await, [expected]);
}

#[tokio::test]
async fn configured_one_is_sent() {
    let agent = UserAgent::new(CUSTOM).unwrap();
    assert_eq!(agents(|builder| builder.user_agent(agent)).await, [CUSTOM]);
}

#[tokio::test]
async fn custom_connector_chooses_its_own() {
    let agent = UserAgent::new(CUSTOM).unwrap();
    let (ours, mut theirs) = tokio::io::duplex(4096);
    let (socket, request) = tokio::join!(
        WebSocket::handshake_as(&agent, ours, URL, DEFAULT_MAX_MESSAGE_BYTES),
        upgrade(&mut theirs)
    );
    socket.unwrap();
    assert_eq!(agents_of(&request), [CUSTOM]);
}
