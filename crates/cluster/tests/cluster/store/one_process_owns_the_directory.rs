use crate::harness::Scratch;
use futures_util::FutureExt as _;
use gloaming_cluster::{FileStore, SessionStore as _, StoreErrorKind, StoreOwner};
use gloaming_protocol::Token;
use std::{fs::File, thread, time::Duration};

fn owner(token: &str) -> StoreOwner {
    StoreOwner::of(&Token::new(token))
}

#[tokio::test]
async fn another_store_gets_an_error_until_the_first_is_dropped() {
    let scratch = Scratch::new("store_locked");
    let first = FileStore::new(&*scratch);
    first.load(owner("MTI.s.s")).await.unwrap();
    let second = FileStore::new(&*scratch).lock_patience(Duration::ZERO);
    let error = second.load(owner("MTI.s.s")).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Locked);
    assert_eq!(error.path(), Some(&*scratch));
    drop(first);
    second.load(owner("MTI.s.s")).await.unwrap();
}

/// A process that is being stopped still has it for a moment.
#[tokio::test]
async fn lock_is_awaited_for_a_moment() {
    let scratch = Scratch::new("store_lock_awaited");
    let lock = File::create(scratch.join("lock")).unwrap();
    lock.lock().unwrap();
    let store = FileStore::new(&*scratch);
    let mut load = store.load(owner("MTI.s.s"));
    assert!((&mut load).now_or_never().is_none());
    let unlock = thread::spawn(move || {
        thread::park_timeout(Duration::from_millis(50));
        lock.unlock().unwrap();
    });
    load.await.unwrap();
    unlock.join().unwrap();
}

#[tokio::test]
async fn store_of_one_bot_is_not_that_of_another() {
    let scratch = Scratch::new("store_bots");
    let store = FileStore::new(&*scratch);
    store.load(owner("MTI.s.s")).await.unwrap();
    for call in [
        store.load(owner("other")).await.map(drop),
        store.save(owner("other"), Vec::new()).await,
    ] {
        assert_eq!(call.unwrap_err().kind(), StoreErrorKind::OtherBot);
    }
    store.load(owner("MTI.new.secret")).await.unwrap();
}
