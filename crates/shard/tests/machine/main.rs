//! The machine's behavior in virtual time, one behavior a file.

mod harness;
mod police;

mod a_refused_permit_is_asked_for_again;
mod accept_then_close_does_not_spin;
mod blocked_socket_holds_all_back;
mod close_codes_decide_what_comes_next;
mod closing_keeps_or_ends_the_session;
mod commands_resolve_exactly_once;
mod commands_wait_for_the_session;
mod dead_resume_host_heals;
mod first_heartbeat_is_jittered;
mod heartbeat_carries_the_last_sequence;
mod hello_comes_first;
mod hostile_payloads_are_survived;
mod invalid_session_decides_resume_or_identify;
mod missed_ack_closes_and_resumes;
mod mute_server_is_left;
mod no_server_is_asked_too_often;
mod oversized_commands_stay_local;
mod random_inputs_keep_the_invariants;
mod resume_replays_then_goes_on;
mod send_window_is_never_exceeded;
mod server_heartbeat_is_answered_at_once;
mod slow_consumer_is_not_a_zombie;
mod what_is_told_of_the_state_is_so;
mod what_stood_is_followed_at_once;
mod withheld_ready_is_waited_for;
