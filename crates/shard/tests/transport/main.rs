//! The transport against servers made by hand, one behavior a file.

mod proxies;
mod wire;

mod bad_frames_are_typed_errors;
mod close_frame_comes_once;
mod connecting;
mod handshake_failures;
mod memory;
mod messages_in_pieces;
mod pings_are_answered;
mod proxies_are_gone_through;
mod proxies_that_refuse_are_told;
mod reading_allocates_nothing;
mod sending;
