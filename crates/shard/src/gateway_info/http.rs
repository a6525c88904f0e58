//! One `GET /gateway/bot` over a connection of its own.

use super::{ApiUrl, failure::Failure, hyper_io::HyperIo};
use crate::{
    Config, UserAgent,
    driver::clock::now,
    error::ConfigError,
    net::ByteStream,
    tls::Tls,
    transport::{ProxySelector, open_stream},
};
use gloaming_machine::gateway_info::{GatewayInfoFault, read_response};
use hyper::{
    Request,
    body::{Body as _, Incoming},
    client::conn::http1,
    header::{ACCEPT, AUTHORIZATION, CONNECTION, HOST, HeaderValue, RETRY_AFTER, USER_AGENT},
};
use std::{
    future::poll_fn,
    pin::{Pin, pin},
    time::{Duration, Instant},
};
use tokio::time::timeout_at;
use twilight_model::gateway::connection_info::BotConnectionInfo;

/// The largest head of a response, and the largest body. A documented response has some hundred bytes.
const MAX_BYTES: usize = 64 * 1024;

/// The time for the body of a response whose status is an error. What it says about the rate limit is optional, and the
/// status must not be lost because a body never ends.
const ERROR_BODY_TIME: Duration = Duration::from_secs(2);

/// The server to ask, and how to reach it.
pub(super) struct HttpTarget {
    url: ApiUrl,
    tls: Tls,
    proxy: Option<ProxySelector>,
    user_agent: UserAgent,
    /// Marked as sensitive, so that its `Debug` does not show the token.
    authorization: HeaderValue,
}

impl HttpTarget {
    pub(super) fn new(config: &Config) -> Result<Self, ConfigError> {
        let (url, authorization) = config.check_rest()?;
        if url.is_exposed() {
            tracing::warn!(
                host = %url.endpoint(),
                "the API URL is http://, so the token is sent in clear text; use an https:// URL"
            );
        }
        Ok(Self {
            url,
            tls: config.tls().clone(),
            proxy: config.network_proxy().cloned(),
            user_agent: config.user_agent().clone(),
            authorization,
        })
    }

    /// Sends one request. Its response must be complete at the deadline.
    pub(super) async fn attempt(
        &self,
        deadline: Option<Instant>,
    ) -> Result<BotConnectionInfo, Failure> {
        let exchange = async {
            let endpoint = self.url.endpoint();
            let stream = open_stream(endpoint, &self.tls, self.proxy.as_ref()).await?;
            self.exchange(stream, deadline).await
        };
        match deadline {
            Some(deadline) => timeout_at(deadline.into(), exchange)
                .await
                .unwrap_or_else(|_| Err(GatewayInfoFault::TimedOut.into())),
            None => exchange.await,
        }
    }

    async fn exchange(
        &self,
        stream: Box<dyn ByteStream>,
        deadline: Option<Instant>,
    ) -> Result<BotConnectionInfo, Failure> {
        let request = self.request()?;
        let (mut sender, connection) = http1::Builder::new()
            .max_buf_size(MAX_BYTES)
            .handshake(HyperIo(stream))
            .await
            .map_err(Failure::network)?;
        let response = async {
            let response = sender
                .send_request(request)
                .await
                .map_err(Failure::network)?;
            let (head, body) = response.into_parts();
            let body = if head.status.is_success() {
                read_body(body).await?
            } else {
                read_error_body(body, deadline).await
            };
            let retry_after = head.headers.get(RETRY_AFTER).map(HeaderValue::as_bytes);
            read_response(head.status.as_u16(), retry_after, &body).map_err(Failure::from)
        };
        beside(connection, response).await
    }

    fn request(&self) -> Result<Request<String>, Failure> {
        Request::get(self.url.gateway_bot())
            .header(HOST, self.url.authority())
            .header(USER_AGENT, self.user_agent.header())
            .header(AUTHORIZATION, self.authorization.clone())
            .header(ACCEPT, "application/json")
            .header(CONNECTION, "close")
            .body(String::new())
            .map_err(|error| Failure::caused_by(GatewayInfoFault::Misconfigured, error))
    }
}

/// Waits for `work`, which makes progress only while `connection` does.
async fn beside<T>(connection: impl Future, work: impl Future<Output = T>) -> T {
    let mut connection = pin!(connection);
    let mut work = pin!(work);
    let mut is_open = true;
    loop {
        tokio::select! {
            biased;
            output = &mut work => return output,
            _ = &mut connection, if is_open => is_open = false,
        }
    }
}

/// How a body ended.
enum BodyEnd {
    Complete,
    Broken(hyper::Error),
    TooLarge,
}

async fn read_body(mut body: Incoming) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    match read_into(&mut bytes, &mut body).await {
        BodyEnd::Complete => Ok(bytes),
        BodyEnd::Broken(error) => Err(Failure::network(error)),
        BodyEnd::TooLarge => Err(Failure::caused_by(
            GatewayInfoFault::Undecodable,
            "the response is larger than 64 KiB",
        )),
    }
}

/// Reads what arrives in a short time, and ignores how the body ends.
async fn read_error_body(mut body: Incoming, deadline: Option<Instant>) -> Vec<u8> {
    let mut bytes = Vec::new();
    let end = now() + ERROR_BODY_TIME;
    let end = deadline.map_or(end, |deadline| deadline.min(end));
    _ = timeout_at(end.into(), read_into(&mut bytes, &mut body)).await;
    bytes
}

async fn read_into(bytes: &mut Vec<u8>, body: &mut Incoming) -> BodyEnd {
    loop {
        match poll_fn(|cx| Pin::new(&mut *body).poll_frame(cx)).await {
            None => return BodyEnd::Complete,
            Some(Err(error)) => return BodyEnd::Broken(error),
            Some(Ok(frame)) => {
                // Trailers say nothing.
                let Ok(data) = frame.into_data() else {
                    continue;
                };
                if bytes.len() + data.len() > MAX_BYTES {
                    return BodyEnd::TooLarge;
                }
                bytes.extend_from_slice(&data);
            }
        }
    }
}
