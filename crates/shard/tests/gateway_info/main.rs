//! The request for the recommended number of shards against a server of the tests, one behavior per file.
//!
//! Waits pass in virtual time: while a request waits, the clock of tokio is moved past the wait.

mod harness;
#[path = "../transport/harness/proxy_server.rs"]
mod proxy_server;
#[path = "../tls/harness.rs"]
mod tls_server;
#[path = "../transport/harness/websocket_server.rs"]
mod websocket_server;

#[cfg(feature = "twilight-http")]
mod client_sends_one_request_per_wait;
mod faults_are_retried;
mod rate_limits_are_waited_for;
mod refusals_are_errors_at_once;
mod request_reaches_the_configured_server;
mod unusable_responses_are_errors;
