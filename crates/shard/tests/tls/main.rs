//! Each TLS backend against a rustls server with its own certificate authority.

mod harness;
#[path = "../transport/harness/websocket_server.rs"]
mod websocket_server;

mod added_root_is_trusted;
#[cfg(any(feature = "__rustls", feature = "native-tls"))]
mod custom_configurations_are_used;
mod invalid_roots_are_errors;
mod missing_backends_are_errors;
mod missing_root_file_is_named;
mod tls_works_through_proxies;
mod untrusted_servers_are_rejected;
