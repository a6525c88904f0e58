//! How a client connects, and what it demands of the server.

use crate::{
    api::Api,
    config::{ClientCertificate, Credentials, NatsConfig},
    error::{Cause, NatsError},
    link::Link,
};
use async_nats::{ConnectErrorKind, ConnectOptions, rustls};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _};
use std::{fs::File, io::Read as _, path::Path, sync::Arc, time::Duration};

/// How long the first connection may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// How often the client checks that the server is there.
const PING_INTERVAL: Duration = Duration::from_secs(5);

/// The longest wait between two attempts to connect again.
const MAX_RECONNECT_DELAY: Duration = Duration::from_secs(2);

/// The first version of the server that is good enough: single messages can have an end.
const MIN_VERSION: (u32, u32) = (2, 11);

/// The least `max_payload`: the contract of sessions is 64 KiB, and the rest is for headers.
const MIN_PAYLOAD: usize = 72 * 1024;

/// Connects, and checks the version of the server. Lost connections are made again for as long as the result lives.
pub(crate) async fn connect(config: &NatsConfig) -> Result<Api, NatsError> {
    connect_with(config, |options| options).await
}

/// Connects as [`connect`] does. Each subscription holds up to `waiting` messages that nobody has taken; more are dropped.
pub(crate) async fn connect_bounded(config: &NatsConfig, waiting: usize) -> Result<Api, NatsError> {
    connect_with(config, |options| options.subscription_capacity(waiting)).await
}

async fn connect_with(
    config: &NatsConfig,
    change: impl FnOnce(ConnectOptions) -> ConnectOptions,
) -> Result<Api, NatsError> {
    let servers = &config.servers;
    let link = Arc::new(Link::default());
    let options = change(options(config, &link)?);
    let options = authenticated(options, config)?;
    let addresses: Vec<_> = servers.iter().map(str::to_owned).collect();
    let client = options.connect(addresses).await.map_err(|error| {
        let cause = match error.kind() {
            ConnectErrorKind::Authentication | ConnectErrorKind::AuthorizationViolation => {
                Cause::Denied
            }
            ConnectErrorKind::ServerParse => Cause::Configuration {
                detail: format!("the address of the servers, {servers}, can't be used"),
            },
            _ => Cause::Unreachable,
        };
        NatsError::new(cause, servers).with_source(error)
    })?;
    let info = client.server_info();
    if !is_new_enough(&info.version) {
        let version = info.version;
        return Err(NatsError::new(Cause::TooOld { version }, servers));
    }
    if info.max_payload < MIN_PAYLOAD {
        let limit = info.max_payload;
        let cause = Cause::TooLarge { limit };
        return Err(NatsError::new(cause, servers));
    }
    Ok(Api::new(client, link, servers.clone()))
}

fn options(config: &NatsConfig, link: &Arc<Link>) -> Result<ConnectOptions, NatsError> {
    let callback = Arc::clone(link);
    let tls = tls(config)?;
    Ok(ConnectOptions::new()
        .name(format!("gloaming {}", config.bot))
        .connection_timeout(CONNECT_TIMEOUT)
        .ping_interval(PING_INTERVAL)
        .reconnect_delay_callback(|attempts| {
            let doubled = Duration::from_millis(50 << attempts.min(6));
            doubled.min(MAX_RECONNECT_DELAY)
        })
        .tls_client_config(tls)
        .event_callback(move |event| {
            callback.notice(&event);
            std::future::ready(())
        }))
}

/// The largest file of credentials. A JWT has some kilobytes.
const MAX_CREDENTIALS: u64 = 64 * 1024;

/// The characters of a seed.
const SEED_LENGTH: usize = 58;

fn authenticated(
    options: ConnectOptions,
    config: &NatsConfig,
) -> Result<ConnectOptions, NatsError> {
    Ok(match &config.credentials {
        None => options,
        Some(Credentials::Token(token)) => options.token(token.expose().to_owned()),
        Some(Credentials::User { user, password }) => {
            options.user_and_password(user.expose().to_owned(), password.expose().to_owned())
        }
        Some(Credentials::NkeySeed(seed)) => {
            let seed = seed.expose().trim();
            if !is_seed(seed) {
                let detail =
                    "the seed of the NKey can't be used: it has 58 characters and begins with SU";
                return Err(NatsError::of_configuration(detail.to_owned()));
            }
            options.nkey(seed.to_owned())
        }
        Some(Credentials::File(path)) => {
            let credentials = read_credentials(path)?;
            // The error is left out, since it could quote the file.
            options.credentials(&credentials).map_err(|_| {
                let path = path.display();
                let detail =
                    format!("the file {path} can't be used: it has to have a JWT and a seed");
                NatsError::of_configuration(detail)
            })?
        }
    })
}

/// Returns whether a text can be the seed of a user. The server checks its signature.
fn is_seed(text: &str) -> bool {
    let is_base32 = |c: char| matches!(c, 'A'..='Z' | '2'..='7');
    text.len() == SEED_LENGTH && text.starts_with("SU") && text.chars().all(is_base32)
}

fn read_credentials(path: &Path) -> Result<String, NatsError> {
    let file = File::open(path).map_err(|error| unusable_file(path, error))?;
    let mut text = String::new();
    let read = file.take(MAX_CREDENTIALS).read_to_string(&mut text);
    read.map_err(|error| unusable_file(path, error))?;
    Ok(text)
}

/// Builds the configuration of TLS, which is used if the address or the server demands it. The crypto provider is explicit: a
/// program with two of them in its tree has no default one.
fn tls(config: &NatsConfig) -> Result<rustls::ClientConfig, NatsError> {
    let mut roots = rustls::RootCertStore::empty();
    match &config.root_certificates {
        Some(path) => {
            for certificate in certificates(path)? {
                let added = roots.add(certificate);
                added.map_err(|error| unusable_file(path, error))?;
            }
        }
        // A system without certificates fails where TLS is used.
        None => _ = roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs),
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| {
            NatsError::of_configuration("TLS can't be used".to_owned()).with_source(error)
        })?
        .with_root_certificates(roots);
    let Some(ClientCertificate { chain, key }) = &config.client_certificate else {
        return Ok(builder.with_no_client_auth());
    };
    let private = PrivateKeyDer::from_pem_file(key).map_err(|error| unusable_file(key, error))?;
    let built = builder.with_client_auth_cert(certificates(chain)?, private);
    built.map_err(|error| unusable_file(chain, error))
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, NatsError> {
    let read = CertificateDer::pem_file_iter(path).and_then(Iterator::collect);
    read.map_err(|error| unusable_file(path, error))
}

fn unusable_file(path: &Path, error: impl std::error::Error + Send + Sync + 'static) -> NatsError {
    let detail = format!("the file {} can't be used", path.display());
    NatsError::of_configuration(detail).with_source(error)
}

/// Reads a version such as `2.11.4` or `2.12.0-beta.1`. One that can't be read is refused.
fn is_new_enough(version: &str) -> bool {
    let mut parts = version.trim_start_matches('v').splitn(3, '.');
    let mut number = || parts.next().and_then(|part| part.parse::<u32>().ok());
    let version = number().zip(number());
    version.is_some_and(|version| version >= MIN_VERSION)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_that_can_not_end_single_messages_are_refused() {
        for version in ["2.11.0", "2.11.0-RC.1", "2.15.1", "3.0.0", "v2.12.0"] {
            assert!(is_new_enough(version), "{version}");
        }
        for version in ["2.10.29", "2.9.11", "1.4.1", "", "dev", "2"] {
            assert!(!is_new_enough(version), "{version}");
        }
    }

    #[test]
    fn seeds_and_files_that_are_none_are_refused_without_being_shown() {
        let config = NatsConfig::new("nats://host", "bot").unwrap();
        let refused = |config: NatsConfig| {
            let error = authenticated(ConnectOptions::new(), &config).err().unwrap();
            let text = format!("{error} {error:?}");
            assert!(!text.contains("hunter2"), "{text}");
            text
        };
        for seed in [
            "hunter2",
            "",
            &"S".repeat(58),
            &format!("SUhunter2{}", "A".repeat(49)),
        ] {
            let text = refused(config.clone().with_nkey_seed(seed));
            assert!(text.contains("begins with SU"), "{text}");
        }
        let missing = refused(config.clone().with_credentials_file("no-such.creds"));
        assert!(missing.contains("no-such.creds"), "{missing}");
        let path = std::env::temp_dir().join(format!("gloaming-{}.creds", std::process::id()));
        std::fs::write(&path, "-----BEGIN NATS USER JWT-----\nhunter2\n").unwrap();
        let text = refused(config.with_credentials_file(&path));
        assert!(text.contains("a JWT and a seed"), "{text}");
        std::fs::remove_file(&path).unwrap();
    }

    #[test]
    fn files_that_can_not_be_used_are_named() {
        let config = NatsConfig::new("tls://host", "bot").unwrap();
        let missing = config.clone().with_root_certificates("no-such-file.pem");
        let error = tls(&missing).unwrap_err();
        assert!(error.to_string().contains("no-such-file.pem"), "{error}");
        let missing = config.with_client_certificate("no-such-chain.pem", "no-such-key.pem");
        let error = tls(&missing).unwrap_err();
        assert!(error.to_string().contains("no-such-key.pem"), "{error}");
    }
}
