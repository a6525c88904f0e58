//! Each TLS backend against a rustls server with a certificate authority of its own.

mod secure;
#[path = "../transport/wire.rs"]
mod wire;

mod an_added_root_is_trusted;
mod bad_roots_are_errors;
#[cfg(any(feature = "__rustls", feature = "native-tls"))]
mod given_configurations_are_used;
mod missing_backends_are_errors;
mod proxies_are_spoken_tls_to;
mod untrusted_servers_are_refused;
