//! When the recommended number of shards is requested again.

mod harness;

mod deadline_ends_the_attempts;
mod faults_are_retried_with_backoff;
mod refusals_end_the_attempts;
mod responses_are_read;
mod retry_after_is_followed;
mod states_are_one_line;
mod unusable_responses_are_bounded;
