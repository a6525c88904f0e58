//! The engine on a real Redis server, also when the server is killed, loses what was written last or is not one for nodes.

mod harness;
mod proxy;

mod cut_connection_is_made_again;
mod damaged_values_are_named;
mod deleted_keys_are_made_anew;
mod engine_conforms;
mod full_server_is_told_apart;
mod keys_of_a_cluster_are_followed;
mod nodes_agree;
mod restarted_server_is_found_again;
mod rolled_back_server_gives_no_fence_twice;
mod servers_that_do_not_fit_are_refused;
#[cfg(unix)]
mod suspended_server_is_not_waited_for;
#[cfg(feature = "tls")]
mod tls_is_used;
