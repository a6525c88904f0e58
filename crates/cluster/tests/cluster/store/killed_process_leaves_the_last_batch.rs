//! A process is killed while it saves, again and again.

use crate::harness::Scratch;
use gloaming_cluster::{Checkpoint, FileStore, SessionStore as _, StoreOwner};
use gloaming_protocol::{ShardId, Token};
use gloaming_shard::Session;
use std::{
    env,
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Command, Stdio},
};

const SHARDS: u32 = 8;
const ROUNDS: u64 = 12;
const DIRECTORY: &str = "GLOAMING_TEST_STORE";

fn owner() -> StoreOwner {
    StoreOwner::of(&Token::new("MTI.secret.secret"))
}

/// The checkpoints of all shards at one sequence.
fn batch(sequence: u64) -> Vec<Checkpoint> {
    let each = |number| {
        let shard = ShardId::new(number, SHARDS);
        let session = Session::new(sequence, format!("session-{number}")).with_shard(shard);
        let state = vec![number as u8; sequence as usize % 300];
        Checkpoint::new(shard, session).with_state(state)
    };
    (0..SHARDS).map(each).collect()
}

/// Small enough to write a new file every few batches.
fn store(directory: impl AsRef<Path>) -> FileStore {
    FileStore::new(directory.as_ref()).least_rewrite(20_000)
}

/// Not a test of its own: what the killed process does. Without the variable it does nothing.
#[tokio::test]
async fn child_saves_until_it_is_killed() {
    let Some(directory) = env::var_os(DIRECTORY) else {
        return;
    };
    let store = store(Path::new(&directory));
    let found = store.load(owner()).await.unwrap();
    let mut sequence = found
        .first()
        .map_or(0, |it| it.session().unwrap().sequence());
    loop {
        sequence += 1;
        store.save(owner(), batch(sequence)).await.unwrap();
        println!("saved {sequence}");
    }
}

#[tokio::test]
async fn each_kill_leaves_a_whole_batch_that_is_no_older_than_the_last_one_saved() {
    let scratch = Scratch::new("store_killed");
    let mut saved = 0;
    for round in 0..ROUNDS {
        let mut child = Command::new(env::current_exe().unwrap())
            .args(["child_saves_until_it_is_killed", "--nocapture"])
            .env(DIRECTORY, &*scratch)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut sequences = lines
            .map_while(Result::ok)
            .filter_map(|line| line.strip_prefix("saved ")?.parse::<u64>().ok());
        for _ in 0..=3 * round {
            saved = sequences
                .next()
                .expect("the child saves until it is killed");
        }
        child.kill().unwrap();
        child.wait().unwrap();
        // It may have saved more before it was killed.
        saved = sequences.last().unwrap_or(saved);

        let found = store(&*scratch).load(owner()).await.unwrap();
        let sequence = found[0].session().unwrap().sequence();
        assert!(sequence >= saved, "{sequence} is older than {saved}");
        assert_eq!(found, batch(sequence));
        saved = sequence;
    }
    assert!(saved >= ROUNDS, "{saved}");
}
