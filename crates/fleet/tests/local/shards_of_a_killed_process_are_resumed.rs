//! A bot of three processes on one machine, one of which is killed.

use crate::harness::Folder;
use gloaming_cluster::Cluster;
use gloaming_coordinator::{LeaseTiming, NodeConfig, NodeId};
use gloaming_emulator::{DEFAULT_TOKEN, Emulator, Selector};
use gloaming_fleet::{Fleet, LocalCoordinator};
use gloaming_protocol::Intents;
use gloaming_queue::{QueueSettings, UnlimitedQueue};
use gloaming_shard::Item;
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    env,
    num::NonZeroU32,
    process::Stdio,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{Child, Command},
    time::{interval, timeout},
};

const FOLDER: &str = "GLOAMING_TEST_BOT";
const URL: &str = "GLOAMING_TEST_BOT_URL";
const NAME: &str = "GLOAMING_TEST_BOT_NAME";
const SHARDS: NonZeroU32 = NonZeroU32::new(6).unwrap();

fn settings() -> QueueSettings {
    QueueSettings {
        max_concurrency: 6.try_into().unwrap(),
        ..QueueSettings::default()
    }
}

/// Not a test of its own: what the processes do. Without the variables it does nothing.
#[tokio::test]
async fn child_runs_a_node_until_it_is_killed() {
    let (Ok(folder), Ok(url), Ok(name)) = (env::var(FOLDER), env::var(URL), env::var(NAME)) else {
        return;
    };
    let engine = LocalCoordinator::open(folder, settings()).unwrap();
    let mut config = NodeConfig::new(NodeId::new(&name).unwrap(), SHARDS, 6);
    let seconds = Duration::from_secs;
    config.timing =
        LeaseTiming::new(seconds(4), seconds(1), 1, Duration::from_millis(500)).unwrap();
    config.settle = seconds(1);
    // The files of this machine forget nothing.
    config.identify_quarantine = Duration::ZERO;
    let intents = Intents::GUILDS;
    let builder = Cluster::builder(DEFAULT_TOKEN.to_owned(), intents)
        .gateway_url(url)
        .queue(UnlimitedQueue);
    let started = Fleet::builder(engine, config).start(builder).await;
    let (_fleet, events) = started.unwrap();
    let mut items = events.into_items();
    while let Some((shard, item)) = items.next().await {
        if let Item::Unknown(event) = item
            && event.name() == Some("NUMBERED")
        {
            let data: Value = event.decode().unwrap();
            println!("handled {} {}", shard.number(), data["number"]);
        }
    }
}

type Handled = Arc<Mutex<BTreeMap<u32, Vec<u64>>>>;

/// Starts a process, and notes what it handles.
fn start(folder: &Folder, emulator: &Emulator, name: &str) -> (Child, Handled) {
    let mut command = Command::new(env::current_exe().unwrap());
    command
        .args(["child_runs_a_node_until_it_is_killed", "--nocapture"])
        .env(FOLDER, folder.path())
        .env(URL, emulator.url())
        .env(NAME, name)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true);
    let mut child = command.spawn().unwrap();
    let handled = Handled::default();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let notes = Arc::clone(&handled);
    tokio::spawn(async move {
        while let Ok(Some(line)) = lines.next_line().await {
            let numbers = line
                .strip_prefix("handled ")
                .and_then(|it| it.split_once(' '));
            let Some((shard, number)) = numbers else {
                continue;
            };
            let mut notes = notes.lock().unwrap();
            let (shard, number) = (shard.parse().unwrap(), number.parse().unwrap());
            notes.entry(shard).or_default().push(number);
        }
    });
    (child, handled)
}

#[tokio::test]
async fn no_event_is_lost_and_no_identify_spent() {
    let emulator = Emulator::builder()
        .shards(6)
        .guilds(6)
        .max_concurrency(6)
        .start()
        .await
        .unwrap();
    let folder = Folder::new("bot");
    let (mut victim, first) = start(&folder, &emulator, "victim");
    let (_one, second) = start(&folder, &emulator, "one");
    let (_two, third) = start(&folder, &emulator, "two");
    let processes = [first, second, third];
    timeout(Duration::from_secs(120), async {
        emulator
            .wait_until(|stats| stats.sessions_started == 6)
            .await;
        let mut published = 0;
        let mut clock = interval(Duration::from_millis(50));
        let mut killed_at = None;
        loop {
            clock.tick().await;
            published += 1;
            let data = json!({ "number": published });
            emulator.dispatch(Selector::All, "NUMBERED", data);
            let of_victim = processes[0].lock().unwrap().len();
            // All three run shards, and have handled events of them.
            let is_shared = processes.iter().all(|it| !it.lock().unwrap().is_empty());
            if killed_at.is_none() && published > 40 && is_shared {
                assert!(of_victim < 6, "the others have some");
                victim.kill().await.unwrap();
                killed_at = Some(published);
            }
            let last = killed_at.map_or(u64::MAX, |at| at + 20);
            let is_handled = |shard| {
                let survivors = processes[1..].iter();
                survivors
                    .filter_map(|it| it.lock().unwrap().get(&shard)?.last().copied())
                    .any(|number| number >= last)
            };
            if (0..6).all(is_handled) {
                break;
            }
        }
    })
    .await
    .expect("the others go on with its shards");

    for shard in 0..6 {
        let all = processes
            .iter()
            .filter_map(|it| it.lock().unwrap().get(&shard).cloned());
        let mut all = all.flatten().collect::<Vec<_>>();
        all.sort_unstable();
        all.dedup();
        let last = all.last().copied().unwrap();
        assert!(all.into_iter().eq(1..=last), "shard {shard} lost an event");
    }
    let stats = emulator.stats();
    assert_eq!(stats.identifies, 6);
    assert!(
        emulator.violations().is_empty(),
        "{:?}",
        emulator.violations()
    );
}
