//! The examples as programs, from the command line to the exit code.

mod bots_play_and_end_by_themselves;
mod cluster_restarts_and_loses_nothing;
mod custom_connector_goes_every_way;
mod custom_transport_runs_and_ends_by_itself;
mod firehose_counts_the_same_in_every_mode;
mod firehose_keeps_idle_shards;
mod firehose_says_what_is_wrong;
mod member_requests_are_answered;
#[cfg(feature = "metrics")]
mod metrics_are_served_to_prometheus;
mod program;
