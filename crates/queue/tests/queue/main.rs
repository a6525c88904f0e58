//! Tests of the public API: a folder per topic, a file per behavior.

mod harness;

mod budget {
    mod crash_loop_stops_at_the_reserve;
    mod daily_budget_stops_at_the_reserve;
    mod exhausted_budget_is_logged_once;
    mod full_reserve_grants_nothing;
    mod known_budget_is_returned;
}

mod compat {
    mod enqueue_function_grants_permits;
    mod queue_of_twilight_grants_permits;
}

mod errors {
    mod errors_name_problem_and_remedy;
}

mod in_memory {
    mod dropped_acquire_leaves_the_queue;
    mod enqueue_lets_shards_proceed;
    mod metrics_are_recorded;
    mod shards_are_paced;
    mod waiting_shards_have_a_position;
    mod zero_concurrency_counts_as_one;
}

mod ledger {
    mod deleted_file_is_written_again;
    mod each_shard_gets_its_verdict;
    mod earlier_format_is_read;
    mod failing_ledger_grants_nothing;
    mod file_survives_crashes_and_concurrent_writers;
    mod hanging_ledger_grants_nothing;
    mod processes_keep_the_limits_together;
    mod refused_identify_is_not_written;
    mod refusing_ledger_is_asked_rarely;
    mod time_is_written_down_hourly;
    mod waiting_queue_looks_at_its_ledger;
}

mod scheduler {
    mod canceled_ticket_is_skipped;
    mod changed_concurrency_keeps_waiting_shards;
    mod estimate_matches_the_grant;
    mod fifty_thousand_shards_are_scheduled;
    mod lapsed_lease_counts_as_spent;
    mod network_jitter_keeps_the_interval;
    mod random_sequences_keep_the_limits;
    mod released_permit_is_granted_again;
    mod repeated_identifies_starve_no_other_shard;
    mod shards_identify_in_order_with_spacing;
    mod spacing_starts_at_the_spend;
}
