//! Requests to REST that are to fail.

use crate::{
    rest::RestRoute,
    scenario::{FailureAnswer, RequestFailure},
};

/// The most failures that are kept.
const MAX_FAILURES: usize = 1000;

/// The failures in the order in which they were requested.
#[derive(Debug, Default)]
pub(super) struct RequestFailures(Vec<RequestFailure>);

impl RequestFailures {
    pub(super) fn add(&mut self, failure: RequestFailure) {
        if failure.count == 0 {
            return;
        }
        if self.0.len() == MAX_FAILURES {
            tracing::warn!(
                "more than {MAX_FAILURES} failures of requests: the oldest is discarded"
            );
            self.0.remove(0);
        }
        self.0.push(failure);
    }

    /// How a request that takes a route fails; `None` if it does not.
    pub(super) fn next(&mut self, route: RestRoute) -> Option<FailureAnswer> {
        let is_for = |it: &RequestFailure| it.route.is_none_or(|only| only == route);
        let at = self.0.iter().position(is_for)?;
        let failure = &mut self.0[at];
        failure.count -= 1;
        let answer = failure.answer;
        if failure.count == 0 {
            self.0.remove(at);
        }
        Some(answer)
    }
}
