//! The behavior of clusters: over transports in memory and in paused time, or against the emulator.

mod harness;

use gloaming_test_support::gateway;

mod checkpoints {
    mod changes_are_saved_at_an_interval;
    mod ended_sessions_are_removed;
    mod failing_store_delays_nothing;
    mod lost_events_are_reported_by_the_next_process;
    mod states_belong_to_their_sessions;
    mod stored_sessions_are_resumed;
}

mod commands {
    mod commands_have_outcomes;
    mod commands_reach_the_selected_shard;
}

mod config {
    mod config_and_info_are_readable;
}

mod crashes {
    mod crashed_shard_resumes_without_loss;
    mod panic_in_a_connector_affects_one_shard;
    mod restart_limits_end_a_crash_loop;
}

mod errors {
    mod error_texts_name_cause_and_remedy;
}

#[cfg(unix)]
mod hand_over {
    mod failed_hand_overs_are_rolled_back;
    mod new_process_goes_on_if_the_old_one_dies;
    mod processes;
    mod processes_share_a_directory;
    mod refusals_name_the_reason;
    mod shards_move_without_loss;
}

mod health {
    mod every_fault_is_named;
    mod flight_record_explains_a_crash;
    mod health_explains_each_state;
    mod health_is_computed_on_each_call;
    mod unacknowledged_events_have_an_age;
}

mod membership {
    mod empty_clusters_wait_for_shards;
    mod live_shards_move_to_another_cluster;
    mod shards_join_a_running_cluster;
    mod shards_leave_a_running_cluster;
}

mod reshard {
    mod checkpoints_follow_the_switch;
    mod clusters_switch_without_a_gap;
    mod running_cluster_switches_in_place;
    mod scripted;
    mod switches_that_do_not_begin;
}

mod runtime {
    mod blocking_handlers_delay_no_heartbeat;
    mod shards_run_in_their_runtime;
}

mod sessions {
    mod acknowledged_sessions_follow_the_handlers;
    mod outages_cost_no_session;
    mod replaced_session_is_not_returned;
    mod restart_of_the_process_loses_no_event;
    mod resume_waits_for_nothing;
    mod session_is_as_of_the_last_delivered_event;
    mod stored_sessions_match_their_shards;
}

mod shutdown {
    mod fatally_closed_shards_stay_closed;
    mod refusal_of_the_bot_stops_all_shards;
    mod shards_close_in_every_phase;
    mod shutdown_waits_for_the_handlers;
    mod stopped_shards_start_again;
}

mod startup {
    mod auto_scheme_runs_the_recommended_shards;
    mod duplicate_shards_are_refused;
    mod identify_contains_the_presence_of_the_shard;
    mod identify_limits_are_requested;
    mod shards_start_once;
}

mod store {
    mod checkpoints_survive_in_a_file;
    mod damaged_files_are_told_apart;
    mod files_of_the_first_format_are_read;
    mod killed_process_leaves_the_last_batch;
    mod one_process_owns_the_directory;
}

mod stream {
    mod events_count_skipped_items;
    mod fatal_error_ends_the_events_and_is_kept;
    mod guilds_of_all_shards_arrive;
    mod items_of_all_shards_are_merged;
    mod odd_events_arrive_with_a_report;
    mod payloads_are_kept_on_request;
    mod shed_events_are_counted;
    mod simultaneous_failures_are_summarized;
}
