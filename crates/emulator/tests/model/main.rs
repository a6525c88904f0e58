//! The gateway without sockets, in virtual time, one behavior per file, grouped by topic.

#![expect(clippy::disallowed_methods, reason = "simulated time needs an origin")]

mod harness;

mod commands {
    mod commands_are_answered;
}

mod connection {
    mod available_versions_are_served;
    mod hello_comes_first;
    mod unsuitable_connections_are_reported;
}

mod etf {
    mod session_is_the_same_as_with_json;
    mod terms_of_clients_are_accepted;
    mod undecodable_payloads_are_closed_with_the_cause;
}

mod faults {
    mod gateway_actions_take_effect;
    mod guild_outages_end_with_guild_create;
    mod scenarios_start_and_reset_at_any_time;
    mod unusual_payloads_can_be_sent;
}

mod heartbeat {
    mod heartbeat_carries_the_last_sequence;
    mod missing_heartbeat_is_closed_with_4009;
    mod unanswered_heartbeat_request_is_reported;
}

mod identify {
    mod commands_before_identify_are_closed_with_4003;
    mod exceeded_daily_limit_resets_the_token;
    mod identifies_are_paced_per_bucket;
    mod invalid_intents_are_closed_with_4013_or_4014;
    mod invalid_shards_are_closed_with_4010;
    mod lapsed_intents_end_the_session;
    mod payload_compression_is_requested_in_identify;
    mod ready_lists_the_guilds_of_the_shard;
    mod second_identify_is_closed_with_4005;
    mod too_many_guilds_are_closed_with_4011;
    mod wrong_token_is_closed_with_4004;
}

mod libraries {
    mod libraries_in_wide_use_are_served;
}

mod payloads {
    mod exceeded_send_limit_is_closed_with_4008;
    mod malformed_payloads_are_closed_with_4002;
    mod unknown_opcodes_are_closed_with_4001;
}

mod permissions {
    mod gained_access_reveals_channels;
    mod hidden_channels_are_obfuscated;
}

mod rest {
    mod changed_members_are_in_later_replies;
    mod interactions_of_load_are_answered;
    mod late_responses_are_unknown_interactions;
}

mod rules {
    mod accepted_deviations_are_noted;
    mod every_finding_is_reported;
    mod limits_follow_the_clock_of_the_client;
    mod unavoidable_violations_are_not_reported;
}

mod session {
    mod close_with_1000_or_1001_ends_the_session;
    mod disconnected_sessions_expire;
    mod ended_sessions_report_the_reason;
    mod future_sequence_is_closed_with_4007;
    mod replay_buffer_is_finite;
    mod resume_replays_missed_events;
    mod session_reports_its_compression;
    mod sets_of_shards_run_at_once;
}
