use crate::harness::Scratch;
use futures_util::FutureExt as _;
use gloaming_cluster::{
    Checkpoint, FileStore, SessionStore as _, StoreError, StoreErrorKind, StoreOwner,
};
use gloaming_protocol::{ShardId, Token};
use gloaming_shard::Session;
use std::{fs, path::Path, time::Duration};

const SHARDS: u32 = 3;

fn owner() -> StoreOwner {
    StoreOwner::of(&Token::new("MTI.secret.secret"))
}

fn checkpoint(shard: u32, sequence: u64) -> Checkpoint {
    let id = ShardId::new(shard, SHARDS);
    let session = Session::new(sequence, format!("session-{shard}"))
        .with_resume_url("wss://gateway-us-east1-b.discord.gg".to_owned())
        .with_shard(id);
    Checkpoint::new(id, session)
}

/// What a process that starts now finds.
async fn loaded(directory: &Path) -> Result<Vec<Checkpoint>, StoreError> {
    FileStore::new(directory).load(owner()).await
}

#[tokio::test]
async fn what_was_saved_last_is_loaded() {
    let scratch = Scratch::new("store_saved_last");
    let directory = scratch.join("not/there/yet");
    let store = FileStore::new(&directory);
    assert_eq!(store.load(owner()).await.unwrap(), []);
    let first = vec![checkpoint(0, 1), checkpoint(1, 1).with_state("one")];
    store.save(owner(), first).await.unwrap();
    let second = vec![checkpoint(1, 2).with_state("two"), checkpoint(2, 1)];
    store.save(owner(), second).await.unwrap();
    store
        .remove(owner(), vec![ShardId::new(0, SHARDS), ShardId::new(0, 7)])
        .await
        .unwrap();
    let expected = [checkpoint(1, 2).with_state("two"), checkpoint(2, 1)];
    assert_eq!(store.load(owner()).await.unwrap(), expected);
    drop(store);
    assert_eq!(loaded(&directory).await.unwrap(), expected);
}

#[tokio::test]
#[cfg(unix)]
async fn only_the_user_can_read_them() {
    use std::os::unix::fs::PermissionsExt as _;

    let scratch = Scratch::new("store_private");
    let directory = scratch.join("sessions");
    let log = directory.join("checkpoints.log");
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let store = FileStore::new(&directory);
    store.save(owner(), vec![checkpoint(0, 1)]).await.unwrap();
    assert_eq!((mode(&directory), mode(&log)), (0o700, 0o600));
    drop(store);
    // A copy may have other permissions.
    fs::set_permissions(&log, fs::Permissions::from_mode(0o644)).unwrap();
    loaded(&directory).await.unwrap();
    assert_eq!(mode(&log), 0o600);
    let content = fs::read(&log).unwrap();
    let contains = |text: &str| {
        content
            .windows(text.len())
            .any(|part| part == text.as_bytes())
    };
    assert!(contains("session-0"));
    assert!(!contains("secret"), "the token is not stored");
}

#[tokio::test]
async fn file_stays_small() {
    let scratch = Scratch::new("store_small");
    let store = FileStore::new(&*scratch).least_rewrite(4_000);
    let log = scratch.join("checkpoints.log");
    let mut longest = 0;
    for sequence in 0..200 {
        let batch = (0..SHARDS).map(|shard| checkpoint(shard, sequence).with_state("state"));
        store.save(owner(), batch.collect()).await.unwrap();
        longest = longest.max(fs::metadata(&log).unwrap().len());
    }
    assert!((2_000..4_000).contains(&longest), "{longest}");
    drop(store);
    let found = loaded(&scratch).await.unwrap();
    assert_eq!(found.len(), 3);
    assert!(
        found
            .iter()
            .all(|it| it.session().unwrap().sequence() == 199)
    );
}

/// A process may be killed before a new file has replaced the old one, or right after.
#[tokio::test]
async fn killed_process_leaves_the_old_file_or_the_new_one() {
    let scratch = Scratch::new("store_rewrite");
    let store = FileStore::new(&*scratch).least_rewrite(0);
    store.save(owner(), vec![checkpoint(0, 1)]).await.unwrap();
    drop(store);
    let whole = fs::read(scratch.join("checkpoints.log")).unwrap();
    for length in [0, 1, whole.len() / 2, whole.len()] {
        fs::write(scratch.join("checkpoints.log.tmp"), &whole[..length]).unwrap();
        assert_eq!(loaded(&scratch).await.unwrap(), [checkpoint(0, 1)]);
        assert!(!fs::exists(scratch.join("checkpoints.log.tmp")).unwrap());
    }
    // After the rename, the new file is all there is: one batch, with its own number.
    let store = FileStore::new(&*scratch).least_rewrite(0);
    for sequence in 2..5 {
        store
            .save(owner(), vec![checkpoint(0, sequence)])
            .await
            .unwrap();
        let file = fs::read(scratch.join("checkpoints.log")).unwrap();
        let content = FileStore::decode(&file, owner()).unwrap();
        assert_eq!(content, [checkpoint(0, sequence)]);
    }
}

#[tokio::test]
async fn more_than_the_bound_is_an_error_and_changes_nothing() {
    let scratch = Scratch::new("store_bound");
    let store = FileStore::new(&*scratch).max_bytes(2_000);
    store.save(owner(), vec![checkpoint(0, 1)]).await.unwrap();
    let large = checkpoint(1, 1).with_state(vec![7; 2_000]);
    let error = store.save(owner(), vec![checkpoint(0, 2), large]).await;
    let error = error.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::TooLarge);
    assert_eq!(store.load(owner()).await.unwrap(), [checkpoint(0, 1)]);
    store.save(owner(), vec![checkpoint(0, 3)]).await.unwrap();
    drop(store);
    assert_eq!(loaded(&scratch).await.unwrap(), [checkpoint(0, 3)]);

    // Neither is a longer file read into memory.
    let log = scratch.join("checkpoints.log");
    fs::OpenOptions::new()
        .append(true)
        .open(&log)
        .unwrap()
        .set_len(1 << 30)
        .unwrap();
    let store = FileStore::new(&*scratch).max_bytes(2_000);
    let error = store.load(owner()).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::TooLarge);
}

/// On Unix, a file that is open can be deleted.
#[tokio::test]
#[cfg(unix)]
async fn file_that_is_deleted_while_it_is_used_is_written_again() {
    let scratch = Scratch::new("store_deleted");
    let directory = scratch.join("sessions");
    let store = FileStore::new(&directory);
    let both = vec![checkpoint(0, 1), checkpoint(1, 1)];
    store.save(owner(), both).await.unwrap();
    let expected = |sequence| [checkpoint(0, sequence), checkpoint(1, 1)];
    for (sequence, deleted) in [(2, "checkpoints.log"), (3, "lock"), (4, "")] {
        let deleted = directory.join(deleted);
        if deleted.is_dir() {
            fs::remove_dir_all(deleted).unwrap();
        } else {
            fs::remove_file(deleted).unwrap();
        }
        let batch = vec![checkpoint(0, sequence)];
        store.save(owner(), batch).await.unwrap();
        let file = fs::read(directory.join("checkpoints.log")).unwrap();
        let content = FileStore::decode(&file, owner()).unwrap();
        assert_eq!(content, expected(sequence));
        let other = FileStore::new(&directory).lock_patience(Duration::ZERO);
        let error = other.load(owner()).await.unwrap_err();
        assert_eq!(
            error.kind(),
            StoreErrorKind::Locked,
            "the new one is locked"
        );
    }
}

#[tokio::test]
async fn save_whose_future_is_dropped_precedes_the_next() {
    let scratch = Scratch::new("store_dropped");
    let store = FileStore::new(&*scratch);
    for sequence in 1..20 {
        let mut dropped = store.save(owner(), vec![checkpoint(0, 2 * sequence)]);
        assert!((&mut dropped).now_or_never().is_none());
        drop(dropped);
        let next = vec![checkpoint(0, 2 * sequence + 1)];
        store.save(owner(), next).await.unwrap();
        let found = store.load(owner()).await.unwrap();
        assert_eq!(found, [checkpoint(0, 2 * sequence + 1)]);
    }
}
