use crate::harness::{Process, World};
use gloaming_coordinator::{
    CommandReply, CommandRequest, CommandRequestId, CommandStatus, Commands as _,
};
use gloaming_protocol::ShardId;
use std::num::NonZeroU32;

/// Soundboard sounds of a guild of shard 2 of 4.
const PAYLOAD: &str = r#"{"op":31,"d":{"guild_ids":["8388608"]}}"#;

fn request(id: &str, shard: ShardId, payload: &str) -> CommandRequest {
    CommandRequest {
        id: CommandRequestId::new(id).unwrap(),
        shard,
        payload: payload.to_owned().into(),
    }
}

async fn ask(world: &World, id: &str, payload: &str) -> CommandReply {
    let worker = world.coordinator.connect();
    let asking = worker.request(request(id, ShardId::new(2, 4), payload));
    asking.await.unwrap()
}

#[tokio::test(start_paused = true)]
async fn command_goes_to_the_node_that_owns_the_shard() {
    let mut world = World::new(4);
    assert_eq!(ask(&world, "1", PAYLOAD).await, CommandReply::NO_OWNER);
    let (mut a, mut b) = (
        Process::start(&world, "a").await,
        Process::start(&world, "b").await,
    );
    a.serves(2).await;
    b.serves(2).await;
    let owner = match a.serving().contains(&2) {
        true => &a,
        false => &b,
    };
    let reply = ask(&world, "1", PAYLOAD).await;
    assert_eq!(reply.status, CommandStatus::Sent);
    assert_eq!(Some(reply.fence), owner.fleet().fence(2));
    // As often as it is asked for.
    assert_eq!(ask(&world, "1", PAYLOAD).await, reply);
    world.publish();
    world.assert_handled(&[&a, &b]).await;
    assert_eq!(world.stats().commands, 1);

    // Killed, and then taken over. Until the lease has ended, the old owner would have to reply.
    match a.serving().contains(&2) {
        true => a.kill(),
        false => b.kill(),
    }
    let survivor = if a.is_killed() { &b } else { &a };
    survivor.serves(4).await;
    let again = ask(&world, "2", PAYLOAD).await;
    assert_eq!(again.status, CommandStatus::Sent);
    assert!(again.fence > reply.fence);
    world.publish();
    world.assert_handled(&[&a, &b]).await;
    assert_eq!(world.stats().commands, 2);
    world.assert_no_violation();
}

#[tokio::test(start_paused = true)]
async fn command_during_a_move_is_sent_or_has_no_owner() {
    let mut world = World::new(4);
    let a = Process::start(&world, "a").await;
    a.serves(4).await;
    let b = Process::start(&world, "b").await;
    let (mut sent, mut number) = (0, 0);
    world
        .publish_until_async("the shards move", async |world| {
            number += 1;
            let reply = ask(world, &number.to_string(), PAYLOAD).await;
            match reply.status {
                CommandStatus::Sent => sent += 1,
                CommandStatus::NoOwner | CommandStatus::Closed | CommandStatus::Expired => {}
                other => panic!("{other:?}"),
            }
            (a.serving().len(), b.serving().len()) == (2, 2)
        })
        .await;
    a.serves(2).await;
    b.serves(2).await;
    assert_eq!(
        ask(&world, "last", PAYLOAD).await.status,
        CommandStatus::Sent
    );
    world.publish();
    world.assert_handled(&[&a, &b]).await;
    assert_eq!(world.stats().commands, sent + 1, "of {number}");
    assert!(sent > 0);
    world.assert_no_violation();
}

#[tokio::test(start_paused = true)]
async fn what_is_no_command_of_the_shard_is_refused() {
    let world = World::new(4);
    let a = Process::start(&world, "a").await;
    a.serves(4).await;
    for (id, payload, expected) in [
        (
            "1",
            r#"{"op":2,"d":{"token":"secret"}}"#,
            "op 2 is no command",
        ),
        (
            "2",
            r#"{"op":8,"d":{"guild_id":8388608}"#,
            "no object of json",
        ),
        (
            "3",
            r#"{"op":31,"d":{"guild_ids":["1"]}}"#,
            "guild 1 belongs to shard 0",
        ),
        (
            "4",
            r#"{"op":4,"d":{"guild_id":"8388608"}}"#,
            "missing field `channel_id`",
        ),
    ] {
        let reply = ask(&world, id, payload).await;
        let CommandStatus::Invalid { detail } = reply.status else {
            panic!("{reply:?}");
        };
        assert!(
            detail.contains(expected) && !detail.contains("secret"),
            "{detail}"
        );
    }
    let worker = world.coordinator.connect();
    let routed_by_64 = request("5", ShardId::new(2, 64), PAYLOAD);
    let reply = worker.request(routed_by_64).await.unwrap();
    let total = NonZeroU32::new(4).unwrap();
    assert_eq!(reply.status, CommandStatus::OtherTotal { total });
    assert_eq!(world.stats().commands, 0);
}

#[tokio::test(start_paused = true)]
async fn command_that_waits_too_long_expires() {
    let world = World::new(4);
    let a = Process::start(&world, "a").await;
    a.serves(4).await;
    // The limit is 120 in 60 s, of which a shard keeps some for heartbeats.
    let worker = world.coordinator.connect();
    let asked = (0..200)
        .map(|number| worker.request(request(&number.to_string(), ShardId::new(2, 4), PAYLOAD)));
    let replies = futures_util::future::join_all(asked).await;
    let count = |status| {
        let replies = replies.iter().map(|reply| &reply.as_ref().unwrap().status);
        replies.filter(|it| **it == status).count()
    };
    let (sent, expired) = (count(CommandStatus::Sent), count(CommandStatus::Expired));
    assert_eq!(sent + expired, 200);
    assert!((100..=120).contains(&sent), "{sent}");
    assert_eq!(world.stats().commands, sent as u64);
    world.assert_no_violation();
}
