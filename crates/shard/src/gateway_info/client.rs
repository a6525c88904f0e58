//! One `GET /gateway/bot` through a client of twilight-http.

use super::failure::Failure;
use gloaming_machine::gateway_info::{GatewayInfoFault, RetryAfter, read_response};
use std::{
    future::IntoFuture as _,
    sync::atomic::{AtomicBool, Ordering},
    time::Instant,
};
use tokio::time::timeout_at;
use twilight_http::{
    Client, Error,
    error::ErrorType,
    response::{Response, ResponseFuture},
};
use twilight_model::gateway::connection_info::BotConnectionInfo;

/// Sends one request. Its response must be complete at the deadline.
pub(super) async fn attempt(
    client: &Client,
    deadline: Option<Instant>,
) -> Result<BotConnectionInfo, Failure> {
    let mut sending = client.gateway().authed().into_future();
    let has_limiter = limit_to_one_request(&mut sending);
    let exchange = async {
        let response = sending.await.map_err(failure_of)?;
        read(response).await
    };
    let Some(deadline) = deadline else {
        return exchange.await;
    };
    match timeout_at(deadline.into(), exchange).await {
        Ok(result) => result,
        // The client has a timeout of its own, of 10 s by default. What takes longer waits for its rate limiter, or, without
        // one, repeats a request that is rate-limited.
        Err(_) if has_limiter => Err(GatewayInfoFault::HeldBack.into()),
        Err(_) => Err(hidden_rate_limit().into()),
    }
}

/// Cancels the future in place of a second request. Returns whether that is possible: only with a rate limiter.
fn limit_to_one_request(sending: &mut ResponseFuture<BotConnectionInfo>) -> bool {
    let was_sent = AtomicBool::new(false);
    sending.set_pre_flight(move || !was_sent.swap(true, Ordering::Relaxed))
}

async fn read(response: Response<BotConnectionInfo>) -> Result<BotConnectionInfo, Failure> {
    let status = response.status().get();
    let body = response.bytes().await.map_err(Failure::network)?;
    read_response(status, None, &body).map_err(Failure::from)
}

fn failure_of(error: Error) -> Failure {
    let fault = match error.kind() {
        // The second request was prevented, so the first was rate-limited.
        ErrorType::RequestCanceled => return hidden_rate_limit().into(),
        ErrorType::Response { status, .. } => status_of(status.get()),
        ErrorType::Unauthorized => status_of(401),
        ErrorType::Parsing { .. } => GatewayInfoFault::UnknownStatus,
        ErrorType::RequestTimedOut => GatewayInfoFault::TimedOut,
        ErrorType::RequestError => GatewayInfoFault::Network,
        _ => GatewayInfoFault::Misconfigured,
    };
    Failure::caused_by(fault, error)
}

const fn status_of(status: u16) -> GatewayInfoFault {
    GatewayInfoFault::Status {
        status,
        retry_after: RetryAfter::Missing,
    }
}

const fn hidden_rate_limit() -> GatewayInfoFault {
    GatewayInfoFault::Status {
        status: 429,
        retry_after: RetryAfter::Hidden,
    }
}
