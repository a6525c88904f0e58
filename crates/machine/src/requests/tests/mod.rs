//! The scheduler in virtual time, one behavior a file.

mod bench;

mod equal_requests_join;
mod every_request_ends_once;
mod full_lists_are_paced;
mod new_sessions_are_asked_again;
mod random_requests_keep_the_invariants;
mod silence_ends_a_request;
