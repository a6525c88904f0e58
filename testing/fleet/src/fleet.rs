//! The nodes that run.

use crate::{
    Result, clock,
    engine::Engine,
    node::{Node, Program},
    record::{NodeNumber, SharedRecord},
};
use nix::sys::signal::Signal;
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};
use tokio::time::sleep;

/// How long something may take that depends on the nodes.
pub(crate) const PATIENCE: Duration = Duration::from_secs(180);

const POLL: Duration = Duration::from_millis(100);

/// All nodes that were not ended.
#[derive(Debug)]
pub(crate) struct Fleet {
    program: Program,
    record: SharedRecord,
    nodes: BTreeMap<NodeNumber, Node>,
    started: usize,
}

impl Fleet {
    pub(crate) const fn new(program: Program, record: SharedRecord) -> Self {
        let nodes = BTreeMap::new();
        Self {
            program,
            record,
            nodes,
            started: 0,
        }
    }

    pub(crate) fn numbers(&self) -> Vec<NodeNumber> {
        self.nodes.keys().copied().collect()
    }

    /// Returns the names and ids of the processes that run.
    pub(crate) fn processes(&self) -> Vec<(String, u32)> {
        let of = |node: &Node| Some((format!("node {}", node.number), node.process_id()?));
        self.nodes.values().filter_map(of).collect()
    }

    pub(crate) fn node(&self, number: NodeNumber) -> Result<&Node> {
        self.nodes
            .get(&number)
            .ok_or_else(|| format!("there is no node {number}").into())
    }

    /// Starts a node, and returns its number.
    pub(crate) async fn start(&mut self, engine: &Engine) -> Result<NodeNumber> {
        let number = self.started;
        self.started += 1;
        let engine = engine.setting().await?;
        let node = Node::start(&self.program, engine, number, self.record.clone()).await?;
        self.nodes.insert(number, node);
        Ok(number)
    }

    /// Waits until a node is a member of the fleet, and its shards are connected.
    pub(crate) async fn ready(&self, number: NodeNumber) -> Result<()> {
        let node = self.node(number)?;
        let deadline = clock::now() + PATIENCE;
        while !node.is_ready().await {
            if deadline <= clock::now() {
                return Err(format!("node {number} does not get ready").into());
            }
            sleep(POLL).await;
        }
        Ok(())
    }

    /// Returns the shards of each node, as the nodes say.
    pub(crate) async fn serving(&self) -> Result<BTreeMap<NodeNumber, BTreeSet<u32>>> {
        let mut serving = BTreeMap::new();
        for (number, node) in &self.nodes {
            serving.insert(*number, node.health().await?.serving.into_iter().collect());
        }
        Ok(serving)
    }

    /// Waits until each node is ready and has at least this many shards, and each shard is with one of them.
    pub(crate) async fn settled(&self, shards: u32, least: usize) -> Result<()> {
        let deadline = clock::now() + PATIENCE;
        loop {
            for number in self.numbers() {
                self.ready(number).await?;
            }
            let mut serving = BTreeMap::new();
            let mut is_up = true;
            for (number, node) in &self.nodes {
                let health = node.health().await?;
                is_up &= health.is_up();
                serving.insert(*number, health.serving);
            }
            let total: usize = serving.values().map(Vec::len).sum();
            let is_shared = serving.values().all(|shards| shards.len() >= least);
            if is_up && is_shared && total == shards as usize {
                return Ok(());
            }
            if deadline <= clock::now() {
                return Err(format!("the nodes do not share the shards: {serving:?}").into());
            }
            sleep(POLL).await;
        }
    }

    /// Returns the node with most shards, and its shards.
    pub(crate) async fn fullest(&self) -> Result<(NodeNumber, BTreeSet<u32>)> {
        let serving = self.serving().await?;
        let fullest = serving.into_iter().max_by_key(|(_, shards)| shards.len());
        fullest.ok_or_else(|| "there are no nodes".into())
    }

    /// Kills a node as a failure of its machine does.
    pub(crate) async fn kill(&mut self, number: NodeNumber) -> Result<()> {
        self.node(number)?.signal(Signal::SIGKILL)?;
        if let Some(mut node) = self.nodes.remove(&number) {
            node.ended().await?;
        }
        Ok(())
    }

    /// Waits for the end of a node that was asked to end.
    pub(crate) async fn ended(&mut self, number: NodeNumber) -> Result<()> {
        let mut node = self.nodes.remove(&number).ok_or("there is no such node")?;
        let status = node.ended().await?;
        match status.success() {
            true => Ok(()),
            false => Err(format!("node {number} ended with {status}").into()),
        }
    }

    /// Lets all nodes end.
    pub(crate) async fn end(&mut self) -> Result<()> {
        for node in self.nodes.values() {
            node.signal(Signal::SIGTERM)?;
        }
        for number in self.numbers() {
            self.ended(number).await?;
        }
        Ok(())
    }
}
