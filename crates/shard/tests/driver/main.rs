//! The shard's behavior over a transport in memory and in paused time, one behavior a file.

use gloaming_test_support::gateway;

#[cfg(feature = "metrics")]
mod meter_reader;
mod pipe;
mod valve;
mod watch;

mod busy_shard_yields;
mod closing_says_goodbye;
mod dropped_futures_lose_nothing;
mod errors_say_what_to_do;
mod faults_at_random_lose_nothing;
mod frozen_buffer_delivers_events_of_a_lost_session;
mod groups_share_what_one_bot_shares;
mod guild_answers_are_awaited;
mod hot_path_allocates_nothing;
mod members_are_awaited;
#[cfg(feature = "metrics")]
mod metric_labels_are_bounded;
#[cfg(feature = "metrics")]
mod metrics_are_those_of_the_table;
#[cfg(feature = "metrics")]
mod metrics_tell_what_happened;
mod odd_payloads_are_visible_and_lose_nothing;
mod permit_is_spent_with_identify;
mod poison_event_ends_in_a_new_session;
mod senders_wake_the_shard;
mod server_heartbeat_is_answered_at_once;
mod shards_in_one_task_take_turns;
mod shards_of_a_queue_identify_five_seconds_apart;
mod silent_connection_is_left_and_resumed;
mod slow_consumer_is_not_a_zombie;
mod stalled_socket_holds_commands_back;
mod unreachable_gateway_is_told_and_retried;
mod unreadable_input_reconnects_and_loses_nothing;
