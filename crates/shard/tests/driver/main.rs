//! A shard over a transport in memory and in paused time, one behavior per file, grouped by topic.

mod harness;

mod closing {
    mod close_ends_the_stream;
}

mod commands {
    mod blocked_socket_delays_commands;
    mod senders_wake_the_shard;
    mod server_heartbeat_is_answered_at_once;
}

mod identify {
    mod paused_gate_delays_identify;
    mod permit_is_spent_with_identify;
    mod shards_of_a_queue_identify_in_turn;
    mod silent_queue_is_reported;
}

mod logs {
    mod failure_is_one_line;
    mod floods_are_summed_up;
    mod texts_of_the_server_are_excerpts;
}

#[cfg(feature = "metrics")]
mod metrics {
    mod label_values_are_bounded;
    mod metrics_count_exactly;
    mod metrics_match_the_table;
}

mod receiving {
    mod buffered_bytes_are_bounded;
    mod busy_shard_yields;
    mod dropped_futures_lose_nothing;
    mod end_is_learned_behind_a_full_buffer;
    mod flood_ends_the_connection;
    mod flood_of_large_guilds_leaves_no_memory;
    mod frozen_buffer_delivers_events_of_a_lost_session;
    mod interactions_are_prompt_in_a_flood;
    mod overflow_follows_the_policy;
    mod payloads_are_kept_on_request;
    mod quiet_shard_releases_memory;
    mod receiving_does_not_allocate;
    mod shard_streams_poll_in_turn;
    mod slow_consumer_keeps_the_connection;
    mod unusual_payloads_are_delivered;
}

mod recovery {
    mod missing_acks_close_and_resume;
    mod random_faults_lose_nothing;
    mod unreachable_gateway_is_reported_and_retried;
    mod unreadable_event_ends_in_a_new_session;
    mod unreadable_input_reconnects_without_loss;
}

mod requests {
    mod guild_requests_receive_their_answers;
    mod member_requests_receive_their_chunks;
}

mod setup {
    mod errors_name_the_remedy;
    mod groups_share_queue_and_tls;
}
