//! Health and metrics over HTTP.

use crate::{
    recorder,
    status::{Status, Verdict},
};
use bytes::Bytes;
use http_body_util::Full;
use hyper::{
    Method, Request, Response, StatusCode,
    body::Incoming,
    header::{CONTENT_TYPE, HeaderValue},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::{TokioIo, TokioTimer};
use metrics_exporter_prometheus::PrometheusHandle;
use std::{convert::Infallible, sync::Arc, time::Duration};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    time::{sleep, timeout},
};

/// The number of connections at the same time.
const MAX_CONNECTIONS: usize = 64;

/// How long a connection lasts at most, with its only request.
const MAX_TIME: Duration = Duration::from_secs(10);

/// The wait after a connection that could not be accepted, for example since there are too many files.
const ACCEPT_RETRY: Duration = Duration::from_millis(100);

/// How often histograms are condensed if nobody asks for the metrics.
const UPKEEP: Duration = Duration::from_secs(5);

/// What the requests are answered from.
#[derive(Clone, Debug)]
pub(crate) struct Pages {
    pub(crate) status: Arc<Status>,
    pub(crate) metrics: PrometheusHandle,
}

/// Answers requests for as long as it is polled.
pub(crate) async fn serve(listener: TcpListener, pages: Pages) -> Infallible {
    let connections = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    loop {
        let permit = Arc::clone(&connections).acquire_owned().await;
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(error) => {
                tracing::warn!("a connection to the health endpoint failed: {error}");
                sleep(ACCEPT_RETRY).await;
                continue;
            }
        };
        let pages = pages.clone();
        tokio::spawn(async move {
            let _permit = permit;
            // Clients that go away are not of interest.
            _ = timeout(MAX_TIME, answer(stream, pages)).await;
        });
    }
}

/// Condenses histograms from time to time.
pub(crate) async fn keep_up(metrics: PrometheusHandle) -> Infallible {
    loop {
        sleep(UPKEEP).await;
        metrics.run_upkeep();
    }
}

async fn answer(stream: TcpStream, pages: Pages) -> hyper::Result<()> {
    let service = service_fn(move |request: Request<Incoming>| {
        let response = pages.respond(request.method(), request.uri().path());
        async move { Ok::<_, Infallible>(response) }
    });
    http1::Builder::new()
        .timer(TokioTimer::new())
        .keep_alive(false)
        .serve_connection(TokioIo::new(stream), service)
        .await
}

impl Pages {
    fn respond(&self, method: &Method, path: &str) -> Response<Full<Bytes>> {
        if !matches!(*method, Method::GET | Method::HEAD) {
            return text(StatusCode::METHOD_NOT_ALLOWED, "only GET is answered\n");
        }
        match path {
            "/live" => verdict(self.status.liveness(), "live"),
            "/ready" => verdict(self.status.readiness(), "ready"),
            "/health" => page("application/json", self.status.report()),
            "/metrics" => page(
                "text/plain; version=0.0.4; charset=utf-8",
                recorder::render(&self.metrics, &self.status),
            ),
            _ => text(
                StatusCode::NOT_FOUND,
                "there are /live, /ready, /health and /metrics\n",
            ),
        }
    }
}

fn verdict(verdict: Verdict, yes: &'static str) -> Response<Full<Bytes>> {
    match verdict {
        Verdict::Yes => text(StatusCode::OK, format!("{yes}\n")),
        Verdict::No(reason) => text(StatusCode::SERVICE_UNAVAILABLE, format!("{reason}\n")),
    }
}

fn text(status: StatusCode, body: impl Into<Bytes>) -> Response<Full<Bytes>> {
    let mut response = page("text/plain; charset=utf-8", body);
    *response.status_mut() = status;
    response
}

fn page(kind: &'static str, body: impl Into<Bytes>) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body.into()));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}
