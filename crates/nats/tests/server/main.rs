//! The engine on a real NATS server, also when the server is killed, loses its last seconds or is not one for nodes.

mod harness;

mod cluster_outlives_a_server;
mod commands_conform;
mod commands_go_to_the_shard_of_a_guild;
mod credentials_are_checked;
mod deleted_streams_are_made_anew;
mod engine_conforms;
mod event_of_a_worker_that_died_is_delivered_again;
mod events_conform;
mod expired_and_deleted_keys_are_taken_over_with_a_ttl;
mod failed_publications_do_not_reorder;
mod full_stream_stops_publishing;
mod groups_take_what_they_name;
mod lease_that_the_server_kept_too_long_has_ended;
mod nodes_agree;
mod restarted_server_is_found_again;
mod rolled_back_server_gives_no_fence_twice;
mod servers_that_do_not_fit_are_refused;
mod streams_are_apart;
#[cfg(unix)]
mod suspended_server_is_not_waited_for;
mod tls_is_used;
mod workers_go_on_after_a_restart;
