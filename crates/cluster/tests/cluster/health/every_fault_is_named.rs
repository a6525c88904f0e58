//! The health of a cluster in each scenario of the emulator, in paused time.

use gloaming_cluster::{Cluster, ClusterHealth, HealthReasonKind, Items, Readiness, ShardScheme};
use gloaming_emulator::{DEFAULT_TOKEN, Emulator, scenario::Scenario};
use gloaming_protocol::{Compression, EventTypeFlags, Intents};
use gloaming_shard::{Item, Lifecycle, ShardRuntime};
use gloaming_test_support::scenarios::{MAIN, TestServer, now};
use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

/// Longer than any scenario, and than any timeout of a shard.
const PLAY: Duration = Duration::from_secs(15 * 60);

const STEP: Duration = Duration::from_secs(1);

/// The default of `HealthPolicy::down_after`.
const DOWN_AFTER: Duration = Duration::from_secs(30);

/// What the health says once, in each scenario with a fault that the shard notices.
const CAUSES: [(&str, &str); 21] = [
    (
        "accept-then-close",
        "the server closed the connection with code 4000",
    ),
    ("corrupt-zlib", "a message of the server can't be read"),
    (
        "dead-resume-host",
        "the resume host refuses with HTTP status 503",
    ),
    ("drop-while-resuming", "the connection was lost"),
    (
        "every-close-code",
        "the server closed the connection with code 4009",
    ),
    ("flaky-acks", "the server did not acknowledge a heartbeat"),
    ("flapping", "the connection was lost"),
    ("guild-outage", "the connection was lost"),
    ("half-open", "without a heartbeat ACK for"),
    (
        "heartbeat-ack-drop",
        "the server did not acknowledge a heartbeat",
    ),
    ("invalid-json", "a message of the server can't be read"),
    (
        "lost-hello-after-resume",
        "the server sent no HELLO in time",
    ),
    ("lost-sessions", "the server declared the session invalid"),
    ("mute-hello", "the server sent no HELLO in time"),
    ("mute-ready", "it waits for READY"),
    ("op7-first", "the server requested a reconnect"),
    ("op7-storm", "the server requested a reconnect"),
    (
        "op9-resumable",
        "the server requested another resume of the session",
    ),
    ("op9-storm", "the server declared the session invalid"),
    ("outage", "the main host refuses with HTTP status 503"),
    ("slow-loris", "the server sent no HELLO in time"),
];

/// Whether the session is up, as the consumer of the items learns it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Session {
    Never,
    Up(Instant),
    Down(Instant),
}

impl Session {
    fn follow(self, event: &Lifecycle) -> Self {
        match (self, event) {
            (_, Lifecycle::Ready { .. } | Lifecycle::Resumed { .. }) => Self::Up(now()),
            (Self::Up(_), Lifecycle::Disconnected { .. }) => Self::Down(now()),
            _ => self,
        }
    }

    /// What the readiness has to be. `None` around the bound.
    fn expected(self) -> Option<Option<HealthReasonKind>> {
        match self {
            Self::Never => Some(Some(HealthReasonKind::Starting)),
            Self::Up(_) => Some(None),
            Self::Down(since) => match now() - since {
                down if down + STEP < DOWN_AFTER => Some(None),
                down if down > DOWN_AFTER + STEP => Some(Some(HealthReasonKind::Down)),
                _ => None,
            },
        }
    }
}

/// What the health said in one scenario.
#[derive(Debug, Default)]
struct Said {
    causes: BTreeSet<String>,
    outages: u32,
    wrong: Vec<String>,
}

impl Said {
    fn look(&mut self, health: &ClusterHealth, session: Session) {
        let kind = health.readiness().reason().map(|reason| reason.kind());
        if let Some(expected) = session.expected()
            && kind != expected
        {
            self.wrong
                .push(format!("{session:?} is {kind:?}: {health}"));
        }
        if !health.liveness().is_live() {
            self.wrong.push(format!("not live: {health}"));
        }
        if let Readiness::NotReady(reason) = health.readiness() {
            self.causes.insert(reason.to_string());
        }
        self.causes.insert(health.to_string());
        let info = &health.shards()[0];
        let last = info.last_disconnect().map(ToString::to_string);
        self.causes.extend(last);
        // The next cause may have come within the same step.
        let counted = info.disconnects().iter();
        self.causes
            .extend(counted.map(|(name, _)| format!("counted: {name}")));
    }

    fn look_for_secrets(&mut self, cluster: &Cluster, health: &ClusterHealth) {
        let record = cluster.shards().next().map(|shard| shard.flight_record());
        let texts = [
            serde_json::to_string(health).unwrap(),
            serde_json::to_string(&record).unwrap(),
            format!("{health:?} {record:?}"),
        ];
        let session = health.shards()[0].session_id();
        let secrets = [Some(DEFAULT_TOKEN), session];
        for secret in secrets.into_iter().flatten() {
            // `Debug` shows the id of a session as other logs do.
            let texts = texts
                .iter()
                .take(if secret == DEFAULT_TOKEN { 3 } else { 2 });
            self.wrong.extend(
                texts
                    .filter(|text| text.contains(secret))
                    .map(|text| format!("{secret} in {text}")),
            );
        }
    }
}

async fn follow(mut items: Items, session: Arc<Mutex<Session>>) {
    while let Some((_, item)) = items.next().await {
        if let Item::Lifecycle(event) = item {
            let mut session = session.lock().unwrap();
            *session = session.follow(&event);
        }
    }
}

async fn play(scenario: Scenario) -> Said {
    let settings = Emulator::builder()
        .guilds(3)
        .members(5)
        .events_per_second(0.5)
        .scenario(scenario)
        .into_settings();
    let (_server, connector) = TestServer::start(settings);
    let intents = Intents::GUILDS | Intents::GUILD_MESSAGES | Intents::GUILD_MESSAGE_TYPING;
    let (cluster, events) = Cluster::builder(DEFAULT_TOKEN.to_owned(), intents)
        .shard_scheme(ShardScheme::try_from((.., 1)).unwrap())
        .shard_runtime(ShardRuntime::current())
        .event_types(EventTypeFlags::empty())
        .per_shard_config(move |_, config| {
            config
                .gateway_url(MAIN)
                .compression(Compression::None)
                .connector(connector.clone())
                .build()
        })
        .build()
        .await
        .unwrap();
    let session = Arc::new(Mutex::new(Session::Never));
    let consumer = tokio::spawn(follow(events.into_items(), Arc::clone(&session)));
    cluster.up().await;
    let mut said = Said::default();
    let start = now();
    let mut was_ready = true;
    while now() - start < PLAY {
        tokio::time::sleep(STEP).await;
        let session = *session.lock().unwrap();
        let health = cluster.health();
        said.look(&health, session);
        let is_ready = health.readiness().is_ready();
        said.outages += u32::from(was_ready && !is_ready);
        was_ready = is_ready;
    }
    let health = cluster.health();
    if !health.readiness().is_ready() {
        said.wrong.push(format!("at the end, {health}"));
    }
    said.look_for_secrets(&cluster, &health);
    consumer.abort();
    said
}

#[tokio::test(start_paused = true)]
async fn health_names_each_fault_and_readiness_follows_the_session() {
    let mut wrong = Vec::new();
    for scenario in Scenario::library() {
        let name = scenario.name.clone();
        let said = play(scenario).await;
        println!(
            "{name:24} {} outages, {} texts",
            said.outages,
            said.causes.len()
        );
        let expected = CAUSES.iter().find(|(scenario, _)| *scenario == name);
        if let Some((_, cause)) = expected
            && !said.causes.iter().any(|text| text.contains(cause))
        {
            wrong.push(format!("{name}: nothing says {cause}: {:#?}", said.causes));
        }
        if name == "outage" && said.outages == 0 {
            wrong.push(format!("{name}: it was ready all the time"));
        }
        let count = said.wrong.len();
        let first = said.wrong.into_iter().take(3);
        wrong.extend(first.map(|what| format!("{name} ({count}): {what}")));
    }
    assert_eq!(wrong, Vec::<String>::new());
}
