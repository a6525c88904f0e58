//! The behavior of nodes in paused time, with a coordinator in memory and the emulator's gateway.

mod harness;

mod commands {
    mod owner_sends_each_command_once;
}

mod engine {
    mod node_that_is_cut_off_loses_its_shards;
    mod outage_of_the_engine_disconnects_nothing;
}

mod failures {
    mod crashed_shard_runs_on_another_node;
}

mod faults {
    mod random_faults_lose_nothing;
}

mod identify {
    mod fleet_budget_limits_all_nodes;
}

mod pauses {
    mod suspended_nodes_resume;
}

mod moves {
    mod drained_node_hands_its_shards_over;
    mod node_that_joins_gets_its_share;
}

mod takeover {
    mod shards_of_a_killed_node_are_resumed;
}
