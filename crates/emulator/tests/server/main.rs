//! The emulator over its sockets, as a client that shares no code with it sees it.

mod client;
mod identifies_over_plain_websocket;
