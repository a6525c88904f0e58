use crate::harness::emulator::{builder, emulator, in_time};
use gloaming_emulator::{Emulator, Stats};
use gloaming_protocol::EventTypeFlags;
use gloaming_shard::{Item, Session};
use std::collections::BTreeMap;

const SHARDS: u32 = 4;

/// Runs one process, and returns the number of events that each shard delivered, and the sessions.
async fn run_process(
    emulator: &Emulator,
    sessions: BTreeMap<u32, Session>,
    done: impl Fn(&BTreeMap<u32, u64>, &Stats) -> bool,
) -> (BTreeMap<u32, u64>, BTreeMap<u32, Session>) {
    let dispatches = EventTypeFlags::all()
        - EventTypeFlags::GATEWAY_HEARTBEAT_ACK
        - EventTypeFlags::GATEWAY_HELLO
        - EventTypeFlags::RESUMED;
    let (cluster, events) = builder(emulator, SHARDS)
        .event_types(dispatches)
        .resume_sessions(sessions)
        .build()
        .await
        .unwrap();
    let mut items = events.into_items();
    cluster.up().await;
    let mut events = BTreeMap::new();
    while !done(&events, &emulator.stats()) {
        let (shard, item) = in_time("an item", items.next())
            .await
            .expect("the stream has not ended");
        match item {
            Item::Event(_) | Item::Unknown(_) | Item::Undecodable(_) => {
                *events.entry(shard.number()).or_default() += 1;
            }
            _ => {}
        }
    }
    let sessions = in_time("the shards close", cluster.down_resumable()).await;
    (events, sessions)
}

#[tokio::test]
async fn restart_of_the_process_loses_no_event_and_spends_no_identify() {
    let emulator = emulator(SHARDS, |emulator| emulator.replay_buffer(5_000)).await;
    // The first process stops while guilds arrive, with some of them in its buffers.
    let (first, sessions) = run_process(&emulator, BTreeMap::new(), |events, stats| {
        stats.sessions_started == u64::from(SHARDS)
            && events.len() == SHARDS as usize
            && events.values().sum::<u64>() >= 6
    })
    .await;
    assert_eq!(sessions.len(), SHARDS as usize);
    for (shard, events) in &first {
        assert_eq!(
            sessions[shard].sequence(),
            *events,
            "shard {shard}: READY has sequence 1"
        );
    }

    // No process is connected meanwhile.
    emulator.generate_events(400);
    let started = emulator.stats();
    let (second, sessions) = run_process(&emulator, sessions, |events, _| {
        let sent: u64 = emulator
            .sessions()
            .iter()
            .map(|session| session.sequence)
            .sum();
        let delivered: u64 = first.values().chain(events.values()).sum();
        // RESUMED has a sequence number, too.
        delivered + u64::from(SHARDS) == sent
            && emulator.stats().sessions_resumed == u64::from(SHARDS)
    })
    .await;
    let stats = emulator.stats();
    assert_eq!(stats.identifies, started.identifies);
    assert_eq!(stats.resumes, u64::from(SHARDS));
    assert_eq!(stats.sessions_started, u64::from(SHARDS));
    assert!(second.values().sum::<u64>() >= 100, "{second:?}");
    for session in emulator.sessions() {
        assert_eq!(sessions[&session.shard[0]].sequence(), session.sequence);
    }
    assert_eq!(emulator.violations(), []);
}
