//! A REST server on loopback, and requests to it whose waits pass in virtual time.

use gloaming_shard::{
    ConfigBuilder, GatewayInfoRequest, GatewayInfoState, Intents, error::GatewayInfoError,
};
use std::{
    error::Error as _,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};
use tokio::{
    io::AsyncWriteExt as _,
    net::{TcpListener, TcpStream},
    sync::{mpsc, watch},
    task::JoinHandle,
};
use twilight_model::gateway::connection_info::BotConnectionInfo;

pub(crate) const TOKEN: &str = "MTk4NjIy.Cl2FMQ.ZnCjm1XVW7vRze4b7Cq4se7kKWs";

/// The time limit of a test that takes less than a second on an idle machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// The example of Discord's documentation.
pub(crate) const DOCUMENTED: &str = r#"{"url":"wss://gateway.discord.gg/","shards":9,
    "session_start_limit":{"total":1000,"remaining":999,"reset_after":14400000,"max_concurrency":1}}"#;

pub(crate) const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

#[expect(clippy::disallowed_methods, reason = "a server reads the clock")]
fn now() -> Instant {
    tokio::time::Instant::now().into_std()
}

/// What a server does with a request.
#[derive(Clone, Debug)]
pub(crate) enum Reply {
    /// Sends this and closes the connection.
    Text(String),
    /// Sends this and leaves the connection open.
    Unfinished(String),
    /// Sends this, and then bytes without an end.
    Endless(String),
}

impl Reply {
    /// A response with this status line, these other header lines, and this body.
    pub(crate) fn new(status: &str, headers: &[&str], body: &str) -> Self {
        let mut text = format!("HTTP/1.1 {status}\r\n");
        for header in headers {
            text += header;
            text += "\r\n";
        }
        Self::Text(format!(
            "{text}Content-Length: {}\r\n\r\n{body}",
            body.len()
        ))
    }

    /// A rate limit of the bot, for almost a day.
    pub(crate) fn user_rate_limit() -> Self {
        let headers = [
            "Retry-After: 82721",
            "X-RateLimit-Scope: user",
            "X-RateLimit-Bucket: abcd",
            "X-RateLimit-Limit: 2",
            "X-RateLimit-Remaining: 0",
            "X-RateLimit-Reset-After: 82721.0",
        ];
        Self::new("429 Too Many Requests", &headers, "{}")
    }

    pub(crate) fn documented() -> Self {
        Self::new("200 OK", &["Content-Type: application/json"], DOCUMENTED)
    }
}

/// Answers each request with the next reply, and those after the last with the last.
pub(crate) struct RestServer {
    pub(crate) url: String,
    seen: Arc<Mutex<Vec<(Instant, String)>>>,
    arrivals: watch::Receiver<usize>,
    task: JoinHandle<()>,
}

impl RestServer {
    pub(crate) async fn start(replies: &[Reply]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (arrived, arrivals) = watch::channel(0);
        let (replies, log) = (replies.to_vec(), Arc::clone(&seen));
        let task = tokio::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                let request = crate::websocket_server::read_request(&mut stream).await;
                let number = {
                    let mut log = log.lock().unwrap_or_else(PoisonError::into_inner);
                    log.push((now(), request));
                    log.len()
                };
                arrived.send_replace(number);
                let reply = &replies[replies.len().min(number) - 1];
                tokio::spawn(answer(stream, reply.clone()));
            }
        });
        Self {
            url,
            seen,
            arrivals,
            task,
        }
    }

    pub(crate) fn config(&self) -> ConfigBuilder {
        ConfigBuilder::new(TOKEN.to_owned(), Intents::empty()).api_url(&*self.url)
    }

    pub(crate) fn request(&self) -> GatewayInfoRequest {
        GatewayInfoRequest::new(&self.config().build())
    }

    /// The heads of the requests.
    pub(crate) fn requests(&self) -> Vec<String> {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.iter().map(|(_, request)| request.clone()).collect()
    }

    fn times(&self) -> Vec<Instant> {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.iter().map(|(time, _)| *time).collect()
    }

    /// Waits until so many requests have arrived.
    pub(crate) async fn arrived(&self, number: usize) {
        let mut arrivals = self.arrivals.clone();
        in_time(arrivals.wait_for(|arrived| *arrived >= number))
            .await
            .unwrap();
    }

    /// Sends the request, and moves the clock past each wait.
    pub(crate) async fn send(&self, request: GatewayInfoRequest) -> Sent {
        self.play(request, GatewayInfoRequest::send).await
    }

    /// Sends the request in some way, and moves the clock past each wait.
    ///
    /// Each request that arrives after a wait must arrive after the end of the wait.
    pub(crate) async fn play<F>(
        &self,
        request: GatewayInfoRequest,
        send: impl FnOnce(GatewayInfoRequest) -> F,
    ) -> Sent
    where
        F: Future<Output = Result<BotConnectionInfo, GatewayInfoError>> + Send + 'static,
    {
        let (observe, mut states) = mpsc::unbounded_channel();
        let request = request.on_state(move |state| _ = observe.send(*state));
        let task = tokio::spawn(send(request));
        let mut seen = Vec::new();
        in_time(async {
            while let Some(state) = states.recv().await {
                seen.push(state);
                if let GatewayInfoState::Waiting { wait, .. } = state {
                    pass(wait).await;
                }
            }
        })
        .await;
        let sent = Sent {
            result: in_time(task).await.unwrap(),
            states: seen,
        };
        self.assert_waits_were_kept(&sent);
        sent
    }

    /// No two requests arrive without the end of a wait between them.
    fn assert_waits_were_kept(&self, sent: &Sent) {
        let times = self.times();
        let ends: Vec<_> = sent.waits().map(|(_, retry_at)| retry_at).collect();
        assert!(times.len() <= ends.len() + 1, "{:?}", sent.states);
        for pair in times.windows(2) {
            let kept = ends.iter().any(|end| (pair[0]..=pair[1]).contains(end));
            assert!(
                kept,
                "a request is sent before the wait ends: {:?}",
                sent.states
            );
        }
    }
}

impl Drop for RestServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn answer(mut stream: TcpStream, reply: Reply) {
    // The client may leave at any time.
    match reply {
        Reply::Text(text) => {
            _ = stream.write_all(text.as_bytes()).await;
            _ = stream.shutdown().await;
        }
        Reply::Unfinished(text) => {
            _ = stream.write_all(text.as_bytes()).await;
            std::future::pending::<()>().await;
        }
        Reply::Endless(text) => {
            _ = stream.write_all(text.as_bytes()).await;
            while stream.write_all(&[b' '; 4096]).await.is_ok() {}
        }
    }
}

/// The outcome of a request, and all states before it.
pub(crate) struct Sent {
    pub(crate) result: Result<BotConnectionInfo, GatewayInfoError>,
    pub(crate) states: Vec<GatewayInfoState>,
}

impl Sent {
    /// Returns the length and the end of each wait.
    pub(crate) fn waits(&self) -> impl Iterator<Item = (Duration, Instant)> {
        self.states.iter().filter_map(|state| match *state {
            GatewayInfoState::Waiting { wait, retry_at, .. } => Some((wait, retry_at)),
            _ => None,
        })
    }

    /// Returns the texts of the waits.
    pub(crate) fn reasons(&self) -> Vec<String> {
        let waits = self.states.iter();
        waits
            .filter(|state| matches!(state, GatewayInfoState::Waiting { .. }))
            .map(ToString::to_string)
            .collect()
    }

    /// Returns the error, whose texts are one line and without the token.
    #[track_caller]
    pub(crate) fn error(self) -> GatewayInfoError {
        let error = self.result.expect_err("the request fails");
        let mut text = format!("{error} {error:?}");
        assert!(!error.to_string().contains('\n'), "{error}");
        let mut cause = error.source();
        while let Some(source) = cause {
            text += &format!(" {source} {source:?}");
            cause = source.source();
        }
        assert!(!text.contains(TOKEN), "{text}");
        error
    }
}

/// Moves the clock of tokio. Otherwise, it runs as usual, so that sockets are not overtaken by timers.
pub(crate) async fn pass(time: Duration) {
    static ONE_AT_A_TIME: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

    let _guard = ONE_AT_A_TIME.lock().await;
    tokio::time::pause();
    tokio::time::advance(time + Duration::from_millis(1)).await;
    tokio::time::resume();
}

/// Lets the other tasks do what they can do without the passing of time.
pub(crate) async fn settle() {
    // The runtime looks for what has arrived from sockets between these.
    for _ in 0..1_000 {
        tokio::task::yield_now().await;
    }
}

/// Fails if `happens` takes long, by a clock that is never moved.
pub(crate) async fn in_time<T>(happens: impl Future<Output = T>) -> T {
    let (done, is_done) = std::sync::mpsc::channel::<()>();
    let clock = tokio::task::spawn_blocking(move || is_done.recv_timeout(PATIENCE));
    tokio::select! {
        happened = happens => {
            drop(done);
            happened
        }
        _ = clock => panic!("it does not happen in time"),
    }
}
