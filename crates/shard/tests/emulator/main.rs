//! A shard against the emulator, over sockets, one behavior per file, grouped by topic.
//!
//! No test waits for time to pass: each waits for the event that it expects.

mod harness;

mod commands {
    mod commands_keep_the_rules;
    mod requests_are_answered;
}

mod events {
    mod announced_events_arrive;
    mod documented_events_arrive;
    mod fields_of_2026_arrive;
    mod hidden_channels_are_revealed;
    mod json_parsers_agree;
    mod load_is_received_without_loss;
}

mod recovery {
    mod close_codes_decide_the_recovery;
    mod closed_socket_is_noticed_while_nothing_is_read;
    mod dead_resume_host_falls_back_to_the_main_host;
    mod dropped_connections_resume_over_every_transport;
    mod lost_replay_is_reported_as_a_gap;
    mod refusals_are_fatal;
    mod server_opcodes_are_followed;
    mod unresponsive_server_is_left;
}

mod setup {
    mod logs_contain_no_token;
    mod recommended_shards_start;
    mod sessions_work_through_proxies;
    mod tls_backends_work_in_one_process;
}
