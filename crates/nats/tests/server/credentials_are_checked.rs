use crate::harness::join;
use data_encoding::BASE64URL_NOPAD;
use gloaming_coordinator::conformance::SETTINGS;
use gloaming_nats::{NatsConfig, NatsCoordinator, NatsErrorKind};
use gloaming_test_support::nats::NatsServer;
use nkeys::KeyPair;
use serde_json::{Value, json};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// A file for a server or a client, which is removed at the end.
struct TestFile(PathBuf);

impl TestFile {
    fn new(name: &str, text: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("credentials");
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join(name);
        fs::write(&path, text).unwrap();
        Self(path)
    }

    fn path(&self) -> &str {
        self.0.to_str().unwrap()
    }
}

impl Drop for TestFile {
    fn drop(&mut self) {
        _ = fs::remove_file(&self.0);
    }
}

fn start(name: &str, configuration: &str) -> NatsServer {
    let file = TestFile::new(name, configuration);
    NatsServer::start_with(&["--config", file.path()])
}

fn config(server: &NatsServer) -> NatsConfig {
    NatsConfig::new(&server.address(), "bot").unwrap()
}

async fn is_let_in(config: NatsConfig) {
    let engine = NatsCoordinator::connect(&config, SETTINGS).await.unwrap();
    join(&engine, "a").await;
}

async fn is_denied(config: NatsConfig) {
    let error = NatsCoordinator::connect(&config, SETTINGS)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), NatsErrorKind::Denied, "{error}");
}

#[tokio::test]
async fn seed_of_a_user_that_the_server_knows_is_let_in() {
    let (user, other) = (KeyPair::new_user(), KeyPair::new_user());
    let public = user.public_key();
    let server = start(
        "nkey.conf",
        &format!("authorization {{ users: [ {{ nkey: {public} }} ] }}"),
    );
    is_let_in(config(&server).with_nkey_seed(user.seed().unwrap())).await;
    is_denied(config(&server).with_nkey_seed(other.seed().unwrap())).await;
    is_denied(config(&server)).await;
}

#[tokio::test]
async fn passwords_and_tokens_are_checked() {
    let server = start(
        "user.conf",
        "authorization { user: bot, password: \"p4ss:word\" }",
    );
    is_let_in(config(&server).with_user("bot", "p4ss:word")).await;
    is_denied(config(&server).with_user("bot", "other")).await;
    let server = start("token.conf", "authorization { token: \"t0ken\" }");
    is_let_in(config(&server).with_token("t0ken")).await;
    is_denied(config(&server).with_token("other")).await;
}

/// Signs claims as `nsc` does.
fn jwt(issuer: &KeyPair, subject: &KeyPair, name: &str, claims: Value) -> String {
    let header = json!({"typ": "JWT", "alg": "ed25519-nkey"});
    let body = json!({
        "jti": name,
        "iat": 1_700_000_000,
        "iss": issuer.public_key(),
        "name": name,
        "sub": subject.public_key(),
        "nats": claims,
    });
    let encode = |value: &Value| BASE64URL_NOPAD.encode(value.to_string().as_bytes());
    let text = format!("{}.{}", encode(&header), encode(&body));
    let signature = issuer.sign(text.as_bytes()).unwrap();
    format!("{text}.{}", BASE64URL_NOPAD.encode(&signature))
}

fn account(operator: &KeyPair, account: &KeyPair, name: &str, storage: i64) -> String {
    let limits = json!({
        "subs": -1, "data": -1, "payload": -1, "imports": -1, "exports": -1, "wildcards": true,
        "conn": -1, "leaf": -1, "mem_storage": storage, "disk_storage": storage,
        "streams": storage, "consumer": storage,
    });
    let claims = json!({"type": "account", "version": 2, "limits": limits});
    jwt(operator, account, name, claims)
}

fn credentials(account: &KeyPair, user: &KeyPair) -> String {
    let claims = json!({
        "type": "user", "version": 2, "pub": {}, "sub": {}, "subs": -1, "data": -1, "payload": -1,
    });
    let jwt = jwt(account, user, "user", claims);
    let seed = user.seed().unwrap();
    format!(
        "-----BEGIN NATS USER JWT-----\n{jwt}\n------END NATS USER JWT------\n\n\
         -----BEGIN USER NKEY SEED-----\n{seed}\n------END USER NKEY SEED------\n"
    )
}

#[tokio::test]
async fn credentials_file_of_an_account_that_the_operator_has_signed_is_let_in() {
    let operator = KeyPair::new_operator();
    let (system, bots, strangers) = (
        KeyPair::new_account(),
        KeyPair::new_account(),
        KeyPair::new_account(),
    );
    let claims = json!({"type": "operator", "version": 2});
    let configuration = format!(
        "operator: {}\nsystem_account: {}\nresolver: MEMORY\nresolver_preload: {{\n  {}: {}\n  {}: {}\n}}\n",
        jwt(&operator, &operator, "operator", claims),
        system.public_key(),
        system.public_key(),
        account(&operator, &system, "system", 0),
        bots.public_key(),
        account(&operator, &bots, "bots", -1),
    );
    let server = start("operator.conf", &configuration);
    let known = TestFile::new("known.creds", &credentials(&bots, &KeyPair::new_user()));
    is_let_in(config(&server).with_credentials_file(known.path())).await;
    let unknown = credentials(&strangers, &KeyPair::new_user());
    let unknown = TestFile::new("unknown.creds", &unknown);
    is_denied(config(&server).with_credentials_file(unknown.path())).await;
}
