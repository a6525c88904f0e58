//! The responses of requests that fail on demand.

use std::time::Duration;

use serde_json::json;

use super::{request::RestRequest, response::RestResponse};
use crate::scenario::{FailureAnswer, RateLimitScope};

/// The page of Cloudflare for an address that is limited.
const CLOUDFLARE_PAGE: &str = "<!doctype html><html><head><title>Access denied | discord.com used Cloudflare to restrict access</title></head>\
     <body><h1>Error 1015</h1><h2>You are being rate limited</h2></body></html>";

/// The page of a proxy whose upstream fails.
const PROXY_PAGE: &str = "<html><head><title>Bad gateway</title></head><body><center><h1>upstream connect error</h1></center></body></html>";

/// The bucket of the rate limits.
const BUCKET: &str = "80c17d2f203122d936070c88c8d10f33";

/// The number of requests that the bucket allows.
const LIMIT: u32 = 5;

pub(super) fn response(answer: FailureAnswer, request: &RestRequest<'_>) -> RestResponse {
    match answer {
        FailureAnswer::RateLimit { scope, retry_after } => rate_limit(scope, retry_after, request),
        FailureAnswer::Cloudflare { retry_after } => RestResponse::html(429, CLOUDFLARE_PAGE)
            .with_header("server", "cloudflare")
            .with_header("retry-after", whole_seconds(retry_after)),
        FailureAnswer::Status(500) => {
            let body = json!({"message": "500: Internal Server Error", "code": 0});
            RestResponse::json(500, body)
        }
        FailureAnswer::Status(status) => RestResponse::html(status, PROXY_PAGE),
    }
}

fn rate_limit(
    scope: RateLimitScope,
    retry_after: Duration,
    request: &RestRequest<'_>,
) -> RestResponse {
    let message = match scope {
        RateLimitScope::User | RateLimitScope::Global => "You are being rate limited.",
        RateLimitScope::Shared => "The resource is being rate limited.",
    };
    let body = json!({
        "message": message,
        "retry_after": retry_after.as_secs_f64(),
        "global": scope == RateLimitScope::Global,
    });
    let response = RestResponse::json(429, body)
        .with_header("retry-after", whole_seconds(retry_after))
        .with_header("via", "1.1 google");
    match scope {
        RateLimitScope::Global => response
            .with_header("x-ratelimit-global", "true")
            .with_header("x-ratelimit-scope", "global"),
        RateLimitScope::User => of_bucket(response, retry_after, request, "user"),
        RateLimitScope::Shared => of_bucket(response, retry_after, request, "shared"),
    }
}

/// Adds the headers of a bucket that is empty.
fn of_bucket(
    response: RestResponse,
    retry_after: Duration,
    request: &RestRequest<'_>,
    scope: &'static str,
) -> RestResponse {
    let reset = request.unix_time.saturating_add(retry_after);
    response
        .with_header("x-ratelimit-limit", LIMIT.to_string())
        .with_header("x-ratelimit-remaining", "0")
        .with_header("x-ratelimit-reset", format!("{:.3}", reset.as_secs_f64()))
        .with_header(
            "x-ratelimit-reset-after",
            format!("{:.3}", retry_after.as_secs_f64()),
        )
        .with_header("x-ratelimit-bucket", BUCKET)
        .with_header("x-ratelimit-scope", scope)
}

/// At least the duration, as the header has it.
fn whole_seconds(duration: Duration) -> String {
    let seconds = duration.as_secs() + u64::from(duration.subsec_nanos() > 0);
    seconds.to_string()
}
