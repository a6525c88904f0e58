//! When to ask Discord again for the recommended number of shards (`GET /gateway/bot`,
//! [P2](gloaming_protocol::rules#p2)).
//!
//! The request is IO and is done elsewhere; `gloaming-shard` does it with `GatewayInfoRequest`. This module reads its
//! response and decides what follows a failure: another attempt at a certain time, or none. So no server causes more
//! requests than the decisions allow, whatever it answers.
//!
//! | what happened | what follows |
//! |---|---|
//! | HTTP 429 with `Retry-After` | an attempt after that time, whatever its length |
//! | HTTP 429 without it | an attempt after 5 s, and twice as long each further time |
//! | HTTP 5xx, a network fault, no response in time | an attempt after the [backoff](crate::BackoffPolicy) |
//! | HTTP 2xx with a body that can't be used | the same, [a few times](GatewayInfoPolicy::unusable_responses) |
//! | any other HTTP status, an invalid configuration | nothing: only a person can change the outcome |
//!
//! If the next attempt would begin after the [deadline](GatewayInfoPolicy::deadline), there is none, and the decision is
//! made at once instead of after the wait.

mod error_kind;
mod fault;
mod policy;
mod response;
mod retry;
mod retry_after;
mod state;

pub use self::{
    error_kind::GatewayInfoErrorKind,
    fault::GatewayInfoFault,
    policy::GatewayInfoPolicy,
    response::{UnusableResponseError, read_response},
    retry::{GatewayInfoDecision, GatewayInfoRetry},
    retry_after::RetryAfter,
    state::GatewayInfoState,
};
