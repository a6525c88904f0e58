//! A shard against the emulator, over real sockets, one behavior a file.
//!
//! No test waits for time to pass: each waits for the event that it is about.

#[path = "../transport/proxies.rs"]
mod proxies;
mod support;
#[path = "../transport/wire.rs"]
mod wire;

mod close_codes_are_heeded;
mod commands_keep_the_rules;
mod dead_resume_host_heals;
mod documented_events_all_arrive;
mod drops_are_resumed_over_every_transport;
mod every_tls_works_in_one_process;
mod json_parsers_agree;
mod load_is_taken_without_loss;
mod logs_hold_no_token;
mod mute_server_is_left;
mod overrun_replay_buffer_is_a_gap;
mod proxies_carry_whole_sessions;
mod recommended_shards_start;
mod refusals_are_fatal;
mod requests_are_answered;
mod server_is_obeyed;
