use crate::harness::Scratch;
use gloaming_cluster::{
    Checkpoint, FileStore, OnDamage, SessionStore as _, StoreErrorKind, StoreOwner,
};
use gloaming_protocol::{ShardId, Token};
use gloaming_shard::Session;
use gloaming_test_support::Logs;
use std::{fs, path::Path};
use tracing::Level;

fn owner() -> StoreOwner {
    StoreOwner::of(&Token::new("MTI.secret.secret"))
}

fn checkpoint(sequence: u64) -> Checkpoint {
    let session = Session::new(sequence, "d8c3b5".to_owned());
    Checkpoint::new(ShardId::ONE, session)
}

/// A file with two batches.
async fn file(directory: &Path) -> Vec<u8> {
    let store = FileStore::new(directory);
    store.save(owner(), vec![checkpoint(1)]).await.unwrap();
    store.save(owner(), vec![checkpoint(2)]).await.unwrap();
    drop(store);
    fs::read(directory.join("checkpoints.log")).unwrap()
}

fn cases(whole: &[u8]) -> [(StoreErrorKind, Vec<u8>); 5] {
    let changed = |position: usize| {
        let mut file = whole.to_vec();
        file[position] ^= 1;
        file
    };
    let other = StoreOwner::of(&Token::new("MTM.secret.secret"));
    [
        (StoreErrorKind::Damaged, changed(70)),
        (StoreErrorKind::Damaged, whole[..20].to_vec()),
        (StoreErrorKind::Foreign, b"{\"version\":2}".to_vec()),
        (StoreErrorKind::NewerFormat { format: 3 }, changed(8)),
        (StoreErrorKind::OtherBot, FileStore::encode(other, [])),
    ]
}

#[tokio::test]
async fn each_is_an_error_that_names_the_file_and_leaves_it() {
    let scratch = Scratch::new("store_damaged");
    let log = scratch.join("checkpoints.log");
    let whole = file(&scratch).await;
    for (kind, content) in cases(&whole) {
        fs::write(&log, &content).unwrap();
        let store = FileStore::new(&*scratch);
        for _ in 0..2 {
            let error = store.load(owner()).await.unwrap_err();
            assert_eq!((error.kind(), error.path()), (kind, Some(&*log)));
            let error = store.save(owner(), vec![checkpoint(3)]).await.unwrap_err();
            assert_eq!(error.kind(), kind);
            assert!(error.to_string().contains("checkpoints.log"), "{error}");
        }
        assert_eq!(fs::read(&log).unwrap(), content);
    }
}

#[tokio::test]
async fn on_request_each_is_moved_aside() {
    let scratch = Scratch::new("store_fresh");
    let log = scratch.join("checkpoints.log");
    let whole = file(&scratch).await;
    for (number, (_, content)) in (1..).zip(cases(&whole)) {
        fs::write(&log, &content).unwrap();
        let (logs, _guard) = Logs::capture(Level::WARN);
        let store = FileStore::new(&*scratch).on_damage(OnDamage::StartFresh);
        assert_eq!(store.load(owner()).await.unwrap(), []);
        store.save(owner(), vec![checkpoint(3)]).await.unwrap();
        drop(store);
        let aside = scratch.join(format!("checkpoints.log.damaged-{number}"));
        assert_eq!(fs::read(&aside).unwrap(), content);
        let text = logs.text();
        assert!(text.contains(aside.to_str().unwrap()), "{text}");
        let store = FileStore::new(&*scratch);
        assert_eq!(store.load(owner()).await.unwrap(), [checkpoint(3)]);
    }
}

#[tokio::test]
async fn write_that_was_not_finished_is_dropped_with_a_warning() {
    let scratch = Scratch::new("store_torn");
    let log = scratch.join("checkpoints.log");
    let whole = file(&scratch).await;
    for length in [whole.len() - 1, whole.len() - 60] {
        fs::write(&log, &whole[..length]).unwrap();
        let (logs, _guard) = Logs::capture(Level::WARN);
        let store = FileStore::new(&*scratch);
        assert_eq!(store.load(owner()).await.unwrap(), [checkpoint(1)]);
        let text = logs.text();
        assert!(text.contains("was not finished"), "{text}");
        // What follows is appended to what is whole.
        store.save(owner(), vec![checkpoint(9)]).await.unwrap();
        drop(store);
        let store = FileStore::new(&*scratch);
        assert_eq!(store.load(owner()).await.unwrap(), [checkpoint(9)]);
    }
}
