//! Failures of requests to REST.

use std::time::Duration;

use crate::rest::RestRoute;

/// The next requests to REST fail.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct RequestFailure {
    /// The route whose requests fail; `None` for all routes.
    pub route: Option<RestRoute>,
    /// How many requests fail. At least 1.
    pub count: u64,
    /// How they fail.
    pub answer: FailureAnswer,
}

/// How a request to REST fails.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum FailureAnswer {
    /// 429 with the headers and the body of Discord's rate limits.
    RateLimit {
        /// What is limited.
        scope: RateLimitScope,
        /// When a request may be sent again.
        retry_after: Duration,
    },
    /// 429 with a page of Cloudflare in place of JSON, as for an address that sent too many invalid requests. It has
    /// `Retry-After`, and none of the other headers of a rate limit.
    Cloudflare {
        /// When a request may be sent again, in whole seconds.
        retry_after: Duration,
    },
    /// This status, 500 to 599. 500 has JSON, and others have a page of a proxy, as with Discord.
    Status(u16),
}

/// What a rate limit of REST is for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum RateLimitScope {
    /// The bot, on this route.
    User,
    /// The bot, on all routes.
    Global,
    /// The resource, which others use as well.
    Shared,
}

impl RequestFailure {
    /// The next `count` requests fail, on every route.
    #[must_use]
    pub const fn new(count: u64, answer: FailureAnswer) -> Self {
        Self {
            route: None,
            count,
            answer,
        }
    }

    /// Restricts it to the requests of a route.
    #[must_use]
    pub const fn for_route(mut self, route: RestRoute) -> Self {
        self.route = Some(route);
        self
    }
}
