//! The server, the consumer and the connectors of the tests.

pub(crate) mod consumer;
pub(crate) mod gated_connector;
pub(crate) mod pipe_connector;
#[cfg(feature = "metrics")]
pub(crate) mod test_recorder;

pub(crate) use gloaming_test_support::gateway;
