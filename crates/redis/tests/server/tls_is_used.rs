//! A server that accepts TLS alone, with a certificate of its own authority.

use crate::harness::join;
use gloaming_coordinator::conformance::SETTINGS;
use gloaming_redis::{RedisConfig, RedisCoordinator, RedisErrorKind};
use gloaming_test_support::redis::RedisServer;
use std::{fs, path::PathBuf};

struct Files {
    certificate: PathBuf,
    key: PathBuf,
}

/// Writes a certificate for the loopback device that nobody has signed.
fn write_certificate() -> Files {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("redis-tls");
    fs::create_dir_all(&folder).unwrap();
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let files = Files {
        certificate: folder.join("certificate.pem"),
        key: folder.join("key.pem"),
    };
    fs::write(&files.certificate, made.cert.pem()).unwrap();
    fs::write(&files.key, made.signing_key.serialize_pem()).unwrap();
    files
}

#[tokio::test]
async fn server_is_verified_and_watched_through_tls() {
    let files = write_certificate();
    let (certificate, key) = (
        files.certificate.to_str().unwrap(),
        files.key.to_str().unwrap(),
    );
    let server = RedisServer::start_with_tls(&[
        "--tls-cert-file",
        certificate,
        "--tls-key-file",
        key,
        "--tls-auth-clients",
        "no",
    ]);
    let address = format!("rediss://{}", server.host());
    let config = RedisConfig::new(&address, "bot").unwrap();
    let refused = RedisCoordinator::connect(&config, SETTINGS).await;
    let error = refused.unwrap_err();
    assert_eq!(
        error.kind(),
        RedisErrorKind::Unreachable,
        "nobody vouches for it"
    );

    let config = config.with_root_certificates(&files.certificate);
    let engine = RedisCoordinator::connect(&config, SETTINGS).await.unwrap();
    let node = join(&engine, "a").await;
    let mut watch = gloaming_coordinator::Leases::watch(&engine).await.unwrap();
    let gloaming_coordinator::LeaseChange::Snapshot(view) = watch.next().await.unwrap() else {
        panic!("a watch begins with a snapshot");
    };
    assert!(view.is_alive(&node));

    let plain = RedisConfig::new(&format!("redis://{}", server.host()), "bot").unwrap();
    assert!(RedisCoordinator::connect(&plain, SETTINGS).await.is_err());
}
