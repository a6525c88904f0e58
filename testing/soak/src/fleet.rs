//! The shards: half of them in a cluster, half each in a task of its own.

mod board;
mod make;

use std::{collections::BTreeMap, io, time::Duration};

use gloaming::{CloseFrame, Cluster, EventTypeFlags, Health, Items, MessageSender, Session, Shard};
use tokio::{
    sync::watch,
    task::JoinHandle,
    time::{Instant, sleep_until, timeout},
};

pub(crate) use self::board::Board;
use self::make::Make;
use crate::{Gateway, Plan, clock};

/// Items of each shard that may wait to be taken.
const BUFFER: usize = 64;

/// More than a shard's close handshake and its consumer's pause take.
const PATIENCE: Duration = Duration::from_secs(60);

/// All shards, and what takes their events.
#[derive(Debug)]
pub(crate) struct Fleet {
    make: Make,
    board: Board,
    /// Until when consumers take nothing.
    pause: watch::Sender<Option<Instant>>,
    cluster: Cluster,
    consumer: JoinHandle<()>,
    lone: BTreeMap<u32, Lone>,
}

/// A shard without a cluster.
#[derive(Debug)]
struct Lone {
    sender: MessageSender,
    task: JoinHandle<Option<Session>>,
}

impl Fleet {
    pub(crate) fn start(plan: &Plan, gateway: &Gateway) -> io::Result<Self> {
        let make = Make::new(plan, gateway)?;
        let board = Board::default();
        let pause = watch::Sender::new(None);
        let (cluster, consumer) = start_cluster(&make, &BTreeMap::new(), &board, &pause);
        let lone = make.lone().map(|number| {
            let shard = make.shard(number, None);
            (number, start_lone(shard, board.clone()))
        });
        Ok(Self {
            lone: lone.collect(),
            make,
            board,
            pause,
            cluster,
            consumer,
        })
    }

    pub(crate) const fn board(&self) -> &Board {
        &self.board
    }

    /// The shards that are in the cluster.
    pub(crate) fn clustered(&self) -> impl Iterator<Item = u32> {
        self.make.clustered()
    }

    /// Each shard that is not up, and what it does instead.
    pub(crate) fn not_up(&self) -> Vec<(u32, String)> {
        let clustered = self.cluster.info().into_iter();
        let clustered = clustered
            .filter(|(_, info)| info.health() != Health::Up)
            .map(|(number, info)| (number, format!("{:?}", info.health())));
        let lone = self.board.with(|books| {
            let down = self.lone.keys().filter(|it| !books.meters.up.contains(it));
            down.map(|number| (*number, "not up".to_owned()))
                .collect::<Vec<_>>()
        });
        clustered.chain(lone).collect()
    }

    /// The consumers of the cluster take nothing for so long.
    pub(crate) fn pause(&self, time: Duration) {
        self.pause.send_replace(Some(clock::now() + time));
    }

    /// As a user does who wants another connection.
    pub(crate) fn reconnect(&self, shards: &[u32]) {
        for number in shards {
            let handle = self
                .cluster
                .shard(*number)
                .map(gloaming::ShardHandle::sender);
            let sender = handle.or_else(|| Some(self.lone.get(number)?.sender.clone()));
            if let Some(sender) = sender {
                // One that has ended is seen by its not being up.
                _ = sender.reconnect();
            }
        }
    }

    /// Closes the cluster and starts another one with the sessions that it left, as text: a program's restart.
    pub(crate) async fn deploy_cluster(&mut self) -> io::Result<()> {
        let sessions = within("the cluster closes", self.cluster.down_resumable()).await?;
        let saved = serde_json::to_string(&sessions)?;
        within("its stream ends", &mut self.consumer).await??;
        self.board.with(|books| {
            for shard in self.make.clustered() {
                books.ledger.closed(shard);
            }
        });
        let sessions: BTreeMap<u32, Session> = serde_json::from_str(&saved)?;
        (self.cluster, self.consumer) =
            start_cluster(&self.make, &sessions, &self.board, &self.pause);
        self.board.with(|books| books.meters.deploys += 1);
        Ok(())
    }

    /// The same, for those of these shards that have no cluster.
    pub(crate) async fn deploy_lone(&mut self, shards: &[u32]) -> io::Result<()> {
        let chosen = |number: &u32| shards.contains(number);
        for (number, lone) in &self.lone {
            if chosen(number) {
                // One that has ended already gives its session all the same.
                _ = lone.sender.close(CloseFrame::RESUME);
            }
        }
        for (number, lone) in &mut self.lone {
            if !chosen(number) {
                continue;
            }
            let session = within("a shard closes", &mut lone.task).await??;
            let saved = serde_json::to_string(&session)?;
            let session: Option<Session> = serde_json::from_str(&saved)?;
            let shard = self.make.shard(*number, session);
            *lone = start_lone(shard, self.board.clone());
            self.board.with(|books| books.meters.deploys += 1);
        }
        Ok(())
    }

    /// Closes all for good, and waits until all is handed over.
    pub(crate) async fn close(self) -> io::Result<()> {
        self.cluster.down();
        for lone in self.lone.values() {
            // One that has ended already needs no closing.
            _ = lone.sender.close(CloseFrame::NORMAL);
        }
        within("the cluster's stream ends", self.consumer).await??;
        for lone in self.lone.into_values() {
            within("a shard closes", lone.task).await??;
        }
        Ok(())
    }
}

fn start_cluster(
    make: &Make,
    sessions: &BTreeMap<u32, Session>,
    board: &Board,
    pause: &watch::Sender<Option<Instant>>,
) -> (Cluster, JoinHandle<()>) {
    let shards = make.clustered();
    let shards = shards.map(|number| make.shard(number, sessions.get(&number).cloned()));
    let (cluster, items) = Cluster::start(shards, dispatches(), BUFFER);
    let consumer = tokio::spawn(consume(items, board.clone(), pause.subscribe()));
    (cluster, consumer)
}

/// All that has a sequence.
fn dispatches() -> EventTypeFlags {
    EventTypeFlags::all()
        - EventTypeFlags::GATEWAY_HEARTBEAT
        - EventTypeFlags::GATEWAY_HEARTBEAT_ACK
        - EventTypeFlags::GATEWAY_HELLO
        - EventTypeFlags::GATEWAY_INVALIDATE_SESSION
        - EventTypeFlags::GATEWAY_RECONNECT
}

async fn consume(mut items: Items, board: Board, pause: watch::Receiver<Option<Instant>>) {
    loop {
        let until = *pause.borrow();
        if let Some(until) = until.filter(|until| *until > clock::now()) {
            sleep_until(until).await;
        }
        let Some((shard, item)) = items.next().await else {
            return;
        };
        board.with(|books| books.item(shard.number(), item));
    }
}

fn start_lone(mut shard: Shard, board: Board) -> Lone {
    let number = shard.id().number();
    let sender = shard.sender();
    let task = tokio::spawn(async move {
        let _: Option<()> = shard
            .next_with(|incoming| {
                board.with(|books| books.incoming(number, incoming));
                None
            })
            .await;
        shard.session().cloned()
    });
    Lone { sender, task }
}

async fn within<T>(what: &str, happens: impl Future<Output = T>) -> io::Result<T> {
    timeout(PATIENCE, happens).await.map_err(|_| {
        let seconds = PATIENCE.as_secs();
        io::Error::new(
            io::ErrorKind::TimedOut,
            format!("{what}: it does not happen within {seconds} s"),
        )
    })
}
