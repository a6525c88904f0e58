//! A shard against the emulator, over real sockets.
//!
//! No test waits for time to pass: each waits for the event that it is about.

mod support;

mod becomes_ready_over_wss_and_zlib;
