//! A session works through a network proxy: READY, events, a lost connection, RESUMED.

use crate::harness::{
    finish, is_ready, is_resumed,
    proxy_server::{Kind, ProxyServer},
    session, shard, start, until, variants,
};
use gloaming_emulator::{Emulator, Selector};
use gloaming_shard::{Item, error::ReceiveMessageErrorKind, transport::ConnectErrorKind};
use serde_json::json;
use std::error::Error as _;

#[tokio::test]
async fn session_works_through_each_kind_of_proxy() {
    let emulator = start(Emulator::builder().guilds(1)).await;
    for kind in Kind::ALL {
        for (variant, config) in variants(&emulator) {
            let server = ProxyServer::start(kind, Some(("bot", "secret"))).await;
            let proxy = server.proxy().with_credentials("bot", "secret").unwrap();
            let mut shard = shard(config.network_proxy(proxy));
            until(&mut shard, is_ready).await;
            let before = session(&shard);

            emulator.drop_connections(Selector::All);
            let selector = Selector::Session(before.id().to_owned());
            emulator.dispatch(selector, "A_NEW_EVENT", json!({}));
            let items = until(&mut shard, is_resumed).await;
            assert!(
                items.iter().any(|item| matches!(item, Item::Unknown(_))),
                "{kind:?}, {variant}: {items:?}"
            );
            assert_eq!(session(&shard).id(), before.id());

            // The resume host was also reached through the proxy.
            let requested = server.requested_hosts();
            assert_eq!(requested.len(), 2, "{kind:?}, {variant}: {requested:?}");
            let resume_host = before.resume_url().unwrap().split("://").nth(1).unwrap();
            assert!(
                requested[1].starts_with(resume_host.trim_end_matches('/')),
                "{requested:?}"
            );
        }
    }
    let last = shard(variants(&emulator).remove(0).1);
    finish(emulator, last).await;
}

#[tokio::test]
async fn shard_connects_once_the_proxy_accepts_it() {
    let emulator = start(Emulator::builder().guilds(1)).await;
    for kind in Kind::ALL {
        let server = ProxyServer::start(kind, Some(("bot", "secret"))).await;
        let config = variants(&emulator)
            .remove(0)
            .1
            .network_proxy(server.proxy());
        let mut shard = shard(config);
        let items = until(&mut shard, |item| matches!(item, Item::Failure(_))).await;
        let Some(Item::Failure(error)) = items.last() else {
            unreachable!("it was waited for");
        };
        assert!(matches!(error.kind(), ReceiveMessageErrorKind::Reconnect));
        assert!(!error.is_fatal());
        let cause = error.source().unwrap();
        let cause: &gloaming_shard::transport::ConnectError = cause.downcast_ref().unwrap();
        assert_eq!(cause.kind(), ConnectErrorKind::ProxyCredentials);
    }
    let last = shard(variants(&emulator).remove(0).1);
    finish(emulator, last).await;
}
