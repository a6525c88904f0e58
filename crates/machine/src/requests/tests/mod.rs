//! The scheduler in virtual time.

mod harness;

mod equal_requests_join;
mod every_request_ends_once;
mod full_lists_are_paced;
mod new_sessions_get_the_requests_again;
mod random_requests_keep_the_invariants;
mod silence_ends_a_request;
