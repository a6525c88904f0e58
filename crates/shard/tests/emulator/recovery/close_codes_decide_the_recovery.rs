//! Each close code is followed by a resume, a new session or the end of the stream.

use crate::harness::{
    config, finish, is_gap, is_ready, is_resumed, session, shard, start, until, until_end,
};
use gloaming_emulator::{Emulator, Selector};
use gloaming_shard::{
    CloseCode, Item, Lifecycle, ShardState,
    error::ReceiveMessageErrorKind,
    machine::{DisconnectCause, StopReason},
};

fn was_reported(items: &[Item], code: u16) -> bool {
    items.iter().any(|item| match item {
        Item::Lifecycle(Lifecycle::Disconnected {
            cause: DisconnectCause::Closed { code: reported },
            frame: Some(frame),
        }) => *reported == Some(code) && frame.code == code,
        _ => false,
    })
}

#[tokio::test]
async fn resumable_codes_resume() {
    let emulator = start(Emulator::builder()).await;
    let mut shard = shard(config(&emulator));
    until(&mut shard, is_ready).await;
    let before = session(&shard);
    // Documented codes, codes observed in practice, and unknown codes.
    for code in [
        4000, 4001, 4002, 4003, 4005, 4008, 1000, 1001, 1011, 3000, 4006, 4015, 4999,
    ] {
        emulator.close(Selector::All, code);
        let items = until(&mut shard, is_resumed).await;
        assert!(was_reported(&items, code), "{code}: {items:?}");
        assert!(!items.iter().any(is_gap), "{code}");
        assert_eq!(session(&shard).id(), before.id(), "{code}");
    }
    assert_eq!(emulator.stats().identifies, 1);
    finish(emulator, shard).await;
}

#[tokio::test]
async fn session_ending_codes_identify() {
    let emulator = start(Emulator::builder()).await;
    let mut shard = shard(config(&emulator));
    until(&mut shard, is_ready).await;
    for code in [4007, 4009] {
        let before = session(&shard);
        emulator.close(Selector::All, code);
        let items = until(&mut shard, is_ready).await;
        assert!(was_reported(&items, code), "{code}: {items:?}");
        assert_eq!(
            items.iter().filter(|item| is_gap(item)).count(),
            1,
            "{code}"
        );
        assert_ne!(session(&shard).id(), before.id(), "{code}");
    }
    let stats = emulator.stats();
    assert_eq!((stats.identifies, stats.resumes), (3, 0));
    finish(emulator, shard).await;
}

#[tokio::test]
async fn fatal_codes_stop_the_shard() {
    let emulator = start(Emulator::builder()).await;
    for number in [4004, 4010, 4011, 4012, 4013, 4014] {
        let code = CloseCode::from_number(number).unwrap();
        let mut shard = shard(config(&emulator));
        until(&mut shard, is_ready).await;
        emulator.close(Selector::All, number);
        let items = until_end(&mut shard).await;
        assert!(was_reported(&items, number), "{number}: {items:?}");
        let [
            ..,
            Item::Lifecycle(Lifecycle::Stopped { reason }),
            Item::Failure(error),
        ] = &items[..]
        else {
            panic!("{number}: {items:?}");
        };
        assert_eq!(*reason, StopReason::Refused(code));
        assert!(error.is_fatal());
        assert!(
            matches!(error.kind(), ReceiveMessageErrorKind::Refused(reported) if *reported == code)
        );
        assert!(error.to_string().contains(&number.to_string()));
        assert_eq!(shard.state(), ShardState::FatallyClosed);
        assert!(shard.sender().is_closed());
    }
    let stats = emulator.stats();
    assert_eq!((stats.identifies, stats.resumes), (6, 0));
    let last = shard(config(&emulator));
    finish(emulator, last).await;
}
