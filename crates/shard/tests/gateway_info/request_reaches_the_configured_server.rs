//! One documented request, over the TLS and the network proxy of the configuration.

use crate::{
    harness::{DOCUMENTED, Reply, RestServer, TOKEN, in_time},
    proxy_server::{Kind, ProxyServer},
    tls_server::{Authority, available_backends, trusting},
    websocket_server::read_request,
};
use gloaming_shard::{ConfigBuilder, GatewayInfoRequest, Intents};
use gloaming_test_support::Logs;
use tokio::{io::AsyncWriteExt as _, net::TcpListener};

#[tokio::test]
async fn request_is_as_discord_requires() {
    let server = RestServer::start(&[Reply::documented()]).await;
    let (logs, _guard) = Logs::capture(tracing::Level::TRACE);
    let sent = server.send(server.request()).await;
    let info = sent.result.unwrap();
    assert_eq!(info.shards, 9);
    assert_eq!(info.session_start_limit.remaining, 999);
    let requests = server.requests();
    assert_eq!(requests.len(), 1);
    let mut lines = requests[0].lines();
    assert_eq!(lines.next(), Some("GET /api/v10/gateway/bot HTTP/1.1"));
    let version = env!("CARGO_PKG_VERSION");
    let host = server.url.strip_prefix("http://").unwrap();
    let headers: Vec<_> = lines.collect();
    for header in [
        format!("host: {host}"),
        format!("authorization: Bot {TOKEN}"),
        format!("user-agent: DiscordBot (https://github.com/gloaming-rs/gloaming, {version})"),
    ] {
        assert!(headers.contains(&&*header), "{header}: {headers:?}");
    }
    assert!(!logs.text().contains(TOKEN));
}

#[tokio::test]
async fn path_of_the_url_is_kept() {
    let server = RestServer::start(&[Reply::documented()]).await;
    let url = format!("{}/discord/api/v10/", server.url);
    let config = server.config().api_url(url).build();
    let sent = server.send(GatewayInfoRequest::new(&config)).await;
    assert!(sent.result.is_ok());
    assert!(server.requests()[0].starts_with("GET /discord/api/v10/gateway/bot HTTP/1.1\r\n"));
}

#[tokio::test]
async fn network_proxy_is_used() {
    for kind in Kind::ALL {
        let server = RestServer::start(&[Reply::documented()]).await;
        let proxy = ProxyServer::start(kind, None).await;
        let config = server.config().network_proxy(proxy.proxy()).build();
        let sent = server.send(GatewayInfoRequest::new(&config)).await;
        assert!(sent.result.is_ok());
        let host = server.url.strip_prefix("http://").unwrap();
        assert_eq!(proxy.requested_hosts(), [host]);
    }
}

#[tokio::test]
async fn tls_of_the_configuration_is_used() {
    let authority = Authority::of(&["localhost"]);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let acceptor = authority.acceptor();
    let server = tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let mut stream = acceptor.accept(stream).await.unwrap();
            read_request(&mut stream).await;
            let length = DOCUMENTED.len();
            let response =
                format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{DOCUMENTED}");
            stream.write_all(response.as_bytes()).await.unwrap();
            _ = stream.shutdown().await;
        }
    });
    for backend in available_backends() {
        let config = ConfigBuilder::new(TOKEN.to_owned(), Intents::empty())
            .api_url(format!("https://localhost:{port}"))
            .tls(trusting(backend, &authority.root))
            .build();
        let info = in_time(GatewayInfoRequest::new(&config).send()).await;
        assert_eq!(info.unwrap().shards, 9, "{backend}");
    }
    server.abort();
}

/// The user chose it, but may not know what it means.
#[tokio::test]
async fn clear_text_to_another_machine_is_logged() {
    let server = RestServer::start(&[Reply::documented()]).await;
    let proxy = ProxyServer::start(Kind::HttpConnect, None).await;
    let port = server.url.rsplit(':').next().unwrap();
    let url = format!("http://rest-proxy.test:{port}");
    let config = server.config().api_url(url).network_proxy(proxy.proxy());
    let (logs, _guard) = Logs::capture(tracing::Level::WARN);
    let sent = server.send(GatewayInfoRequest::new(&config.build())).await;
    assert!(sent.result.is_ok());
    let lines = logs.lines();
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(lines[0].contains("clear text"), "{lines:?}");
    assert!(lines[0].contains("rest-proxy.test"), "{lines:?}");
}
