//! Processes are killed while they use the engine, again and again.

use crate::harness::Folder;
use bytes::Bytes;
use gloaming_coordinator::{
    AcquireOutcome, CheckpointOutcome, Fence, JoinRequest, Leases as _, LoadOutcome, NodeId,
    NodeStatus, Sessions as _, ShardCheckpoint,
};
use gloaming_fleet::LocalCoordinator;
use gloaming_protocol::ShardId;
use gloaming_queue::QueueSettings;
use std::{
    env,
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

const FOLDER: &str = "GLOAMING_TEST_FLEET";
const NUMBER: &str = "GLOAMING_TEST_FLEET_NODE";
const PROCESSES: u32 = 3;
const ROUNDS: u32 = 8;

/// The log is written anew every few calls.
fn open(folder: impl AsRef<Path>) -> LocalCoordinator {
    let engine = LocalCoordinator::open(folder.as_ref(), QueueSettings::default());
    engine.unwrap().least_rewrite(3_000)
}

fn checkpoint(number: u32, fence: Fence, count: u64) -> ShardCheckpoint {
    let body = [count.to_le_bytes().to_vec(), vec![7; count as usize % 300]].concat();
    ShardCheckpoint {
        shard: ShardId::new(number, PROCESSES),
        fence,
        body: Bytes::from(body),
    }
}

fn count(checkpoint: &ShardCheckpoint) -> u64 {
    u64::from_le_bytes(checkpoint.body[..8].try_into().unwrap())
}

/// Not a test of its own: what the killed processes do. Without the variable it does nothing.
#[tokio::test]
async fn child_counts_until_it_is_killed() {
    let (Ok(folder), Ok(number)) = (env::var(FOLDER), env::var(NUMBER)) else {
        return;
    };
    let engine = open(&folder);
    let number: u32 = number.parse().unwrap();
    let shard = ShardId::new(number, PROCESSES);
    let mut rounds = 0_u64;
    loop {
        rounds += 1;
        let id = format!("node-{number}-{}-{rounds}", std::process::id());
        let request = JoinRequest {
            node: NodeId::new(&id).unwrap(),
            status: NodeStatus::Active,
            ttl: Duration::from_secs(60),
            above: Fence::NONE,
        };
        let node = engine.join(request).await.unwrap();
        // The process before is dead, and its lease has not ended.
        let mut above = Fence::NONE;
        let lease = loop {
            match engine.acquire(shard, node.clone(), above).await.unwrap() {
                AcquireOutcome::Granted(lease) => break lease,
                AcquireOutcome::Held(held) => {
                    above = held.fence;
                    engine.leave(held.holder).await.unwrap();
                }
                AcquireOutcome::NodeEnded => panic!("it has joined"),
            }
        };
        let mut counted = match engine.load(shard, lease.fence).await.unwrap() {
            LoadOutcome::Stored(stored) => count(&stored),
            LoadOutcome::Nothing => 0,
            LoadOutcome::Fenced { by } => panic!("{} is below {by}", lease.fence),
        };
        for _ in 0..5 {
            counted += 1;
            let stored = checkpoint(number, lease.fence, counted);
            let outcomes = engine.checkpoint(vec![stored]).await.unwrap();
            assert_eq!(outcomes, [CheckpointOutcome::Stored]);
            println!("stored {counted}");
        }
        engine.leave(node).await.unwrap();
    }
}

/// Reads with the fence that the shard has.
async fn stored_of(engine: &LocalCoordinator, shard: ShardId) -> ShardCheckpoint {
    let LoadOutcome::Fenced { by } = engine.load(shard, Fence::NONE).await.unwrap() else {
        panic!("it was acquired");
    };
    match engine.load(shard, by).await.unwrap() {
        LoadOutcome::Stored(stored) => stored,
        other => panic!("something is stored: {other:?}"),
    }
}

fn child(folder: &Folder, number: u32) -> Child {
    let mut command = Command::new(env::current_exe().unwrap());
    command
        .args(["child_counts_until_it_is_killed", "--nocapture"])
        .env(FOLDER, folder.path())
        .env(NUMBER, number.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    command.spawn().unwrap()
}

#[tokio::test]
async fn each_kill_leaves_what_was_stored_for_the_others() {
    let folder = Folder::new("killed");
    let mut stored = [0; PROCESSES as usize];
    for round in 0..ROUNDS {
        let children: Vec<_> = (0..PROCESSES)
            .map(|number| child(&folder, number))
            .collect();
        for (number, mut child) in children.into_iter().enumerate() {
            let lines = BufReader::new(child.stdout.take().unwrap()).lines();
            let mut counts = lines
                .map_while(Result::ok)
                .filter_map(|line| line.strip_prefix("stored ")?.parse::<u64>().ok());
            for _ in 0..=round {
                let count = counts.next();
                stored[number] = count.expect("the child counts until it is killed");
            }
            child.kill().unwrap();
            child.wait().unwrap();
            // It may have stored more before it was killed.
            stored[number] = counts.last().unwrap_or(stored[number]);
        }
        let engine = open(folder.path());
        for (number, stored) in stored.iter().enumerate() {
            let shard = ShardId::new(number as u32, PROCESSES);
            let found = stored_of(&engine, shard).await;
            let found_count = count(&found);
            assert!(
                found_count >= *stored,
                "{found_count} is older than {stored}"
            );
            assert_eq!(found, checkpoint(number as u32, found.fence, found_count));
        }
    }
}
