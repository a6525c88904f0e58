//! All compiled-in TLS backends work in one process; each shard uses the configured one.

use crate::harness::{config, in_time, is_ready, shard, start, until};
use gloaming_emulator::Emulator;
use gloaming_shard::tls::{Tls, TlsBackend};

#[tokio::test]
async fn each_shard_uses_its_own_tls() {
    let emulator = start(Emulator::builder().guilds(1)).await;
    let mut shards = Vec::new();
    for tls in all(emulator.root_certificate()) {
        let config = config(&emulator).gateway_url(emulator.wss_url()).tls(tls);
        let mut shard = shard(config);
        until(&mut shard, is_ready).await;
        shards.push(shard);
    }

    let connected = shards.len();
    let all_at_once = emulator.wait_until(|stats| stats.sessions_connected == connected as u64);
    in_time("all are connected", all_at_once).await;
    drop(shards);
    assert_eq!(emulator.violations(), []);
    emulator.shutdown().await;
}

/// Returns every backend that is compiled in, and custom configurations.
fn all(root: &[u8]) -> Vec<Tls> {
    let backends = TlsBackend::ALL
        .into_iter()
        .filter(|backend| backend.is_available())
        .map(|backend| Tls::with_backend(backend)?.with_root_certificate(root));
    let all = backends.collect::<Result<Vec<_>, _>>().unwrap();
    #[cfg(feature = "__rustls")]
    let all = [all, vec![own_rustls(root)]].concat();
    #[cfg(feature = "native-tls")]
    let all = [all, vec![own_native(root)]].concat();
    all
}

#[cfg(feature = "__rustls")]
fn own_rustls(root: &[u8]) -> Tls {
    use rustls::{ClientConfig, RootCertStore, crypto::ring::default_provider};
    use std::sync::Arc;

    let mut roots = RootCertStore::empty();
    roots.add(root.to_vec().into()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    Tls::rustls(Arc::new(config))
}

#[cfg(feature = "native-tls")]
fn own_native(root: &[u8]) -> Tls {
    let connector = native_tls::TlsConnector::builder()
        .disable_built_in_roots(true)
        .add_root_certificate(native_tls::Certificate::from_der(root).unwrap())
        .build()
        .unwrap();
    Tls::native(connector)
}
