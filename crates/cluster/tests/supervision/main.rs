//! A cluster's behavior over transports in memory and in paused time, one behavior a file.

#[allow(dead_code, reason = "the shard's own tests use all of it")]
#[path = "../../../shard/tests/driver/gateway.rs"]
mod gateway;
mod support;

mod a_crash_loop_ends;
mod a_crash_resumes_and_loses_nothing;
mod a_replaced_session_is_not_handed_over;
mod closing_is_heard_at_any_time;
mod errors_say_what_to_do;
mod events_count_what_they_do_not_tell;
mod health_is_computed_when_asked;
mod identifies_hold_each_shards_presence;
mod refused_shards_stay_down;
mod sessions_find_their_shards;
mod sessions_stand_at_what_was_taken;
mod starting_is_done_once;
mod unknown_shards_are_typed_errors;
mod what_it_was_built_with_is_told;
