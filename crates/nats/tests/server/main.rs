//! The engine on a real NATS server, also when the server is killed, loses its last seconds or is not one for nodes.

mod harness;

mod engine_conforms;
mod expired_and_deleted_keys_are_taken_over_with_a_ttl;
mod restarted_server_is_found_again;
mod rolled_back_server_gives_no_fence_twice;
mod servers_that_do_not_fit_are_refused;
