//! The servers of the tests.

pub(crate) mod proxy_server;
pub(crate) mod websocket_server;
