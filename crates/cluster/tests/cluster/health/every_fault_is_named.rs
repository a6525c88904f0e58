//! The health of a cluster in each scenario of the emulator, and in more: readiness follows the session, its reason names the
//! fault, and nothing that is shown or logged has the token in it. In paused time.

mod observed;
mod table;

use self::{
    observed::{Observed, Session},
    table::{Expected, Faults, PermitWait, ROWS, Row},
};
use gloaming_cluster::{Cluster, HealthPolicy, Items, ShardScheme};
use gloaming_emulator::{Emulator, scenario::Scenario};
use gloaming_protocol::{Compression, EventTypeFlags, Intents};
use gloaming_queue::{BoxFuture, IdentifyQueue, InMemoryQueue, Permit, QueueError, QueueErrorKind};
use gloaming_shard::{
    Item, ShardRuntime,
    transport::{Connect, ConnectError, MemoryConnector, Transport},
};
use gloaming_test_support::{
    Logs,
    scenarios::{MAIN, TestServer, now},
};
use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};
use tokio::time::sleep;
use tracing::Level;

/// In the form of Discord's, so that no other text has parts of it.
const TOKEN: &str = "MTI3NDQ3MTYyNTI3NjQ3NzUyMA.GxKq7v.T0k3nOfTheBot_that-No0utput-may-c0ntain";

/// Longer than any scenario, and than any timeout of a shard.
const PLAY: Duration = Duration::from_secs(15 * 60);

/// No scenario has a longer pause between two faults, and nothing takes longer that has an end.
const QUIET: Duration = Duration::from_secs(4 * 60);

const STEP: Duration = Duration::from_millis(500);

/// How long each connection takes to open: long enough that no reconnect is over before somebody looks.
const OPENING: Duration = Duration::from_secs(3);

/// Shorter than that.
const DOWN_AFTER: Duration = Duration::from_secs(2);

/// How long a queue grants no permit.
const PERMIT_WAIT: Duration = Duration::from_secs(120);

/// Connects after a time.
#[derive(Clone, Debug)]
struct SlowConnector {
    memory: MemoryConnector,
    opening: Duration,
}

impl Connect for SlowConnector {
    fn connect(&self, url: &str) -> BoxFuture<'static, Result<Box<dyn Transport>, ConnectError>> {
        let (connecting, opening) = (self.memory.connect(url), self.opening);
        Box::pin(async move {
            sleep(opening).await;
            connecting.await
        })
    }
}

/// Grants a permit, and then refuses them for a time.
#[derive(Debug, Default)]
struct RefusingQueue(Mutex<Option<Instant>>);

impl IdentifyQueue for RefusingQueue {
    fn acquire(&self, _: u32) -> BoxFuture<'_, Result<Permit, QueueError>> {
        let granted = *self.0.lock().unwrap().get_or_insert_with(now);
        let is_refused = (Duration::from_millis(1)..PERMIT_WAIT).contains(&(now() - granted));
        Box::pin(async move {
            match is_refused {
                true => Err(QueueError::new(QueueErrorKind::Backend)),
                false => Ok(Permit::unlimited()),
            }
        })
    }
}

fn queue(faults: &Faults) -> Arc<dyn IdentifyQueue> {
    match faults {
        Faults::Library | Faults::Scenario(_) => Arc::new(InMemoryQueue::default()),
        // One more than the reserve.
        Faults::SlowPermits(_, PermitWait::UsedUp) => {
            Arc::new(InMemoryQueue::new(1, 11, PERMIT_WAIT, 1000))
        }
        Faults::SlowPermits(_, PermitWait::Refused) => Arc::new(RefusingQueue::default()),
    }
}

async fn follow(mut items: Items, session: Arc<Mutex<Session>>) {
    while let Some((_, item)) = items.next().await {
        let mut session = session.lock().unwrap();
        *session = match item {
            Item::Lifecycle(event) => session.follow(&event),
            Item::Failure(error) if error.is_fatal() => Session::Ended,
            _ => *session,
        };
    }
}

async fn play(
    scenario: Scenario,
    queue: Arc<dyn IdentifyQueue>,
    policy: HealthPolicy,
    opening: Duration,
    says: &[&'static str],
) -> Observed {
    let (logs, _guard) = Logs::capture(Level::TRACE);
    let settings = Emulator::builder()
        .token(TOKEN)
        .guilds(3)
        .members(5)
        .events_per_second(0.5)
        .scenario(scenario)
        .into_settings();
    let (_server, memory) = TestServer::start(settings);
    let connector = SlowConnector { memory, opening };
    let intents = Intents::GUILDS | Intents::GUILD_MESSAGES | Intents::GUILD_MESSAGE_TYPING;
    let (cluster, events) = Cluster::builder(TOKEN.to_owned(), intents)
        .shard_scheme(ShardScheme::try_from((.., 1)).unwrap())
        .shard_runtime(ShardRuntime::current())
        .event_types(EventTypeFlags::empty())
        .health_policy(policy)
        .queue(queue)
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
    let mut observed = Observed::default();
    let start = now();
    while now() - start < PLAY && now() - observed.changed.unwrap_or(start) < QUIET {
        sleep(STEP).await;
        let session = *session.lock().unwrap();
        observed.look(&cluster, session, policy.down_after, says);
    }
    observed.look_for_secrets(&cluster, &cluster.health());
    observed.look_at_logs(&logs);
    consumer.abort();
    observed
}

/// Returns what is not as the table says.
async fn check(row: &Row) -> Vec<String> {
    let mut policy = HealthPolicy::default();
    policy.down_after = DOWN_AFTER;
    let says = row.says();
    let observed = play(row.scenario(), queue(&row.faults), policy, OPENING, &says).await;
    let mut wrong: Vec<String> = observed.wrong.iter().take(3).cloned().collect();
    let ends_ready = !matches!(row.readiness, Expected::Ended(_));
    if observed.was_ready != ends_ready {
        wrong.push(format!("it is ready at the end: {}", observed.was_ready));
    }
    let may_be_down = match row.readiness {
        Expected::Ready(why) => {
            println!("{:40} {why}:", row.name);
            (observed.outages, observed.disconnects) == (0, 0)
        }
        Expected::Down(..) | Expected::DownByAny(..) | Expected::Ended(_) => observed.outages > 0,
        Expected::Starting(..) => true,
    };
    if !may_be_down {
        wrong.push(format!("{} outages", observed.outages));
    }
    let causes: Vec<_> = observed.causes.iter().copied().collect();
    let as_expected = match row.readiness {
        Expected::DownByAny(any, _) => {
            !causes.is_empty() && causes.iter().all(|cause| any.contains(cause))
        }
        _ => causes == row.causes(),
    };
    if !as_expected {
        wrong.push(format!("the causes are {:?}", observed.causes));
    }
    for missing in says.iter().filter(|part| !observed.said.contains(*part)) {
        wrong.push(format!("nothing says `{missing}`: {:#?}", observed.reasons));
    }
    let (name, outages, reasons) = (row.name, observed.outages, observed.reasons.len());
    println!("{name:40} {outages} outages, {reasons} reasons");
    wrong.iter().map(|what| format!("{name}: {what}")).collect()
}

#[tokio::test(start_paused = true)]
async fn readiness_follows_the_session_in_each_scenario_and_names_the_fault() {
    let mut wrong = Vec::new();
    for row in ROWS {
        wrong.extend(check(row).await);
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn outage_is_one_after_half_a_minute_by_default() {
    let says = ["as the main host refuses with HTTP status 503"];
    let scenario = Scenario::named("outage").unwrap();
    let queue = queue(&Faults::Library);
    let observed = play(
        scenario,
        queue,
        HealthPolicy::default(),
        Duration::ZERO,
        &says,
    )
    .await;
    assert_eq!(observed.wrong, Vec::<String>::new());
    assert_eq!((observed.outages, observed.was_ready), (1, true));
    assert!(observed.said.contains(says[0]), "{:#?}", observed.reasons);
}

#[test]
fn each_scenario_of_the_library_is_in_the_table_once() {
    let rows = ROWS
        .iter()
        .filter(|row| matches!(row.faults, Faults::Library));
    let mut rows: Vec<_> = rows.map(|row| row.name.to_owned()).collect();
    rows.sort_unstable();
    let library: BTreeSet<_> = Scenario::library()
        .into_iter()
        .map(|scenario| scenario.name)
        .collect();
    assert!(rows.iter().eq(&library), "{rows:?} and {library:?}");
}
