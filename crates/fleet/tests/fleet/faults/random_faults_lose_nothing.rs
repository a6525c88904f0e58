//! Nodes start, drain and are killed, cut off and suspended, and the engine and the gateway fail, as a seed says.

use crate::harness::{Process, World};
use gloaming_emulator::Selector;
use gloaming_test_support::Random;
use std::time::Duration;

const SHARDS: u32 = 6;
const FAULTS: u32 = 12;

/// A process, and what the faults have made of it.
struct Node {
    process: Process,
    state: State,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum State {
    Running,
    Draining,
    Killed,
}

async fn start(world: &World, nodes: &mut Vec<Node>) {
    let name = format!("node-{}", nodes.len());
    let process = Process::start(world, &name).await;
    let state = State::Running;
    nodes.push(Node { process, state });
}

fn running(nodes: &[Node]) -> Vec<usize> {
    let running = nodes.iter().enumerate();
    running
        .filter(|(_, node)| node.state == State::Running)
        .map(|(index, _)| index)
        .collect()
}

fn serving(nodes: &[Node]) -> usize {
    let served = running(nodes).into_iter();
    served
        .map(|index| nodes[index].process.serving().len())
        .sum()
}

/// Makes one fault, and returns what it was.
async fn fault(random: &mut Random, world: &mut World, nodes: &mut Vec<Node>) -> String {
    let candidates = running(nodes);
    let index = random.pick(&candidates);
    match random.below(8_u32) {
        0 if candidates.len() > 1 => {
            nodes[index].process.kill();
            nodes[index].state = State::Killed;
            format!("node {index} is killed")
        }
        1 if candidates.len() > 1 => {
            nodes[index].process.begin_drain();
            nodes[index].state = State::Draining;
            format!("node {index} drains")
        }
        2 => {
            let time = random.between(1_u64, 40);
            nodes[index].process.engine.set_partitioned(true);
            world.publish_for(Duration::from_secs(time)).await;
            nodes[index].process.engine.set_partitioned(false);
            format!("node {index} was cut off for {time} s")
        }
        3 => {
            let time = random.between(1_u64, 60);
            world.coordinator.stop();
            world.publish_for(Duration::from_secs(time)).await;
            world.coordinator.start();
            format!("the engine was away for {time} s")
        }
        4 => {
            // The gateway ends a session that sends no heartbeat for a minute.
            let time = random.between(1_u64, 15);
            tokio::time::advance(Duration::from_secs(time)).await;
            format!("everything was suspended for {time} s")
        }
        5 => {
            let shard = random.below(SHARDS);
            world.server.change(move |gateway, now| {
                gateway.drop_connections(now, &Selector::Shard(shard));
            });
            format!("the connection of shard {shard} was cut")
        }
        6 => {
            world.server.change(|gateway, _| {
                gateway.reconnect(&Selector::All);
            });
            "the gateway asked all to reconnect".to_owned()
        }
        _ => {
            start(world, nodes).await;
            "a node started".to_owned()
        }
    }
}

#[tokio::test(start_paused = true)]
async fn each_event_is_handled_and_no_session_lost() {
    for seed in 0..3 {
        let mut random = Random::new(seed);
        let mut world = World::new(SHARDS);
        let mut nodes = Vec::new();
        for _ in 0..3 {
            start(&world, &mut nodes).await;
        }
        for node in &nodes {
            node.process.serves(2).await;
        }
        // The first checkpoints.
        world.publish_for(Duration::from_secs(3)).await;
        for _ in 0..FAULTS {
            let what = fault(&mut random, &mut world, &mut nodes).await;
            println!("seed {seed}: {what}");
            let time = random.between(1_u64, 20);
            world.publish_for(Duration::from_secs(time)).await;
        }
        world
            .publish_until(&format!("seed {seed}: each shard runs"), |_| {
                serving(&nodes) == SHARDS as usize
            })
            .await;
        let processes: Vec<_> = nodes.iter().map(|node| &node.process).collect();
        println!("seed {seed}: the end");
        let stats = world.stats();
        assert_eq!(stats.identifies, u64::from(SHARDS), "seed {seed}");
        world.assert_handled(&processes).await;
        world.assert_no_violation();
    }
}
