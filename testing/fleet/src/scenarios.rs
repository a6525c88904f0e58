//! What is done with the nodes.

use crate::{
    Result, clock,
    drill::World,
    fleet::PATIENCE,
    options::{Options, Scenario},
    record::NodeNumber,
    report::Actions,
    server::Server,
    watcher::Watcher,
};
use gloaming_emulator::model::ConnectionId;
use nix::sys::signal::Signal;
use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};
use tokio::time::sleep;

/// The time before and after an action, in which events flow.
const STEADY: Duration = Duration::from_secs(3);

/// The time after a node was woken up, in which it may do what it must not.
const AFTER_PAUSE: Duration = Duration::from_secs(10);

/// How long the engine is away: longer than any lease.
const OUTAGE: Duration = Duration::from_secs(20);

/// The time that the engine loses.
const LOST_TIME: Duration = Duration::from_secs(5);

/// The time after the engine is back, in which the nodes prove their leases again.
const AFTER_OUTAGE: Duration = Duration::from_secs(20);

const POLL: Duration = Duration::from_millis(10);

pub(crate) async fn play(
    world: &mut World,
    options: &Options,
    scenario: Scenario,
) -> Result<Actions> {
    let mut actions = Actions::default();
    sleep(STEADY).await;
    match scenario {
        Scenario::Kill => kill(world, &mut actions).await?,
        Scenario::Stop => stop(world, options.stop, &mut actions).await?,
        Scenario::Deploy => deploy(world, &mut actions).await?,
        Scenario::Scale => scale(world, &mut actions).await?,
        Scenario::Partition => partition(world, &mut actions).await?,
        Scenario::Restart => restart(world).await?,
        Scenario::Rollback => roll_back(world).await?,
    }
    sleep(STEADY).await;
    Ok(actions)
}

async fn kill(world: &mut World, actions: &mut Actions) -> Result<()> {
    let (node, shards) = world.fleet.fullest().await?;
    let takeover = Takeover::begin(&world.watcher, &shards);
    world.fleet.kill(node).await?;
    actions
        .takeovers
        .push(takeover.ended(&world.watcher).await?);
    let next = world.fleet.start(&world.engine).await?;
    world.fleet.ready(next).await
}

async fn stop(world: &mut World, time: Duration, actions: &mut Actions) -> Result<()> {
    let (node, shards) = world.fleet.fullest().await?;
    let takeover = Takeover::begin(&world.watcher, &shards);
    let began = clock::now();
    world.fleet.node(node)?.signal(Signal::SIGSTOP)?;
    actions.left_open = shards.len() as u64;
    let ended = takeover.ended(&world.watcher).await;
    if let Ok(took) = &ended {
        actions.takeovers.push(*took);
        sleep(time.saturating_sub(clock::now().saturating_duration_since(began))).await;
    }
    world.fleet.node(node)?.signal(Signal::SIGCONT)?;
    ended?;
    sleep(AFTER_PAUSE).await;
    world.fleet.ready(node).await
}

async fn deploy(world: &mut World, actions: &mut Actions) -> Result<()> {
    for old in world.fleet.numbers() {
        let new = world.fleet.start(&world.engine).await?;
        world.fleet.ready(new).await?;
        terminate(world, &[old], actions).await?;
    }
    Ok(())
}

async fn scale(world: &mut World, actions: &mut Actions) -> Result<()> {
    let old = world.fleet.numbers();
    for _ in 0..5_usize.saturating_sub(old.len()) {
        world.fleet.start(&world.engine).await?;
    }
    let least = world.shards / 5;
    world.fleet.settled(world.shards, least as usize).await?;
    sleep(STEADY).await;
    terminate(world, &old, actions).await?;
    world.fleet.settled(world.shards, 1).await
}

async fn partition(world: &mut World, actions: &mut Actions) -> Result<()> {
    let (node, shards) = world.fleet.fullest().await?;
    let takeover = Takeover::begin(&world.watcher, &shards);
    world.fleet.node(node)?.proxy()?.cut();
    // Discord closes the connections of the node when the others resume its sessions.
    actions.left_open = shards.len() as u64;
    let ended = takeover.ended(&world.watcher).await;
    sleep(OUTAGE).await;
    world.fleet.node(node)?.proxy()?.heal();
    actions.takeovers.push(ended?);
    sleep(AFTER_PAUSE).await;
    world.fleet.ready(node).await
}

async fn restart(world: &mut World) -> Result<()> {
    world.engine.with_server(Server::kill)?;
    sleep(OUTAGE).await;
    world.engine.with_server(Server::resume)?;
    sleep(AFTER_OUTAGE).await;
    world.fleet.settled(world.shards, 0).await
}

async fn roll_back(world: &mut World) -> Result<()> {
    world.engine.with_server(Server::save)?;
    sleep(LOST_TIME).await;
    world.engine.with_server(Server::roll_back)?;
    sleep(AFTER_OUTAGE).await;
    world.fleet.settled(world.shards, 0).await
}

/// Asks nodes to end, and waits until they have and their shards are with the others.
async fn terminate(world: &mut World, nodes: &[NodeNumber], actions: &mut Actions) -> Result<()> {
    let serving = world.fleet.serving().await?;
    let of_nodes = serving.iter().filter(|(number, _)| nodes.contains(number));
    let shards = of_nodes
        .flat_map(|(_, shards)| shards.iter().copied())
        .collect();
    let takeover = Takeover::begin(&world.watcher, &shards);
    for node in nodes {
        world.fleet.node(*node)?.signal(Signal::SIGTERM)?;
    }
    actions
        .takeovers
        .push(takeover.ended(&world.watcher).await?);
    for node in nodes {
        if let Err(error) = world.fleet.ended(*node).await {
            actions.faults.push(error.to_string());
        }
    }
    Ok(())
}

/// Shards that are about to get other connections.
struct Takeover {
    began: Instant,
    before: BTreeMap<u32, Option<ConnectionId>>,
}

impl Takeover {
    fn begin(watcher: &Watcher, shards: &BTreeSet<u32>) -> Self {
        let connection = |shard: u32| watcher.service(shard).map(|service| service.connection);
        Self {
            began: clock::now(),
            before: shards
                .iter()
                .map(|shard| (*shard, connection(*shard)))
                .collect(),
        }
    }

    /// Waits until each shard has another connection, and returns how long the last one took.
    async fn ended(self, watcher: &Watcher) -> Result<Duration> {
        let mut longest = Duration::ZERO;
        for (shard, before) in self.before {
            loop {
                let service = watcher.service(shard);
                let taken = service.filter(|service| Some(service.connection) != before);
                if let Some(service) = taken {
                    longest = longest.max(service.since.saturating_duration_since(self.began));
                    break;
                }
                if self.began + PATIENCE <= clock::now() {
                    return Err(format!("no node takes shard {shard}").into());
                }
                sleep(POLL).await;
            }
        }
        Ok(longest)
    }
}
