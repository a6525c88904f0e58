//! One Discord bot over many machines, on NATS JetStream.
//!
//! - [`NatsCoordinator`] is an engine for the nodes of a fleet, as [`gloaming_coordinator`] describes one: it keeps who is alive
//!   and who owns which shards, the sessions, and the identifies of the day on the NATS servers that all nodes reach. A node is
//!   started with it as with any other engine.
//! - [`NatsEvents`] publishes the events of the nodes to a stream.
//! - [`Worker`] takes them from there, in any process. Workers in other languages need a client of NATS and no part of this
//!   library; there are [examples in Python and JavaScript][examples].
//! - [`CommandSender`] sends commands by the node that owns a shard, from any process, and [`NatsCommands`] takes them there.
//!
//! They need nats-server 2.11 or later with JetStream, and create what they need there.
//!
//! [examples]: https://github.com/gloaming-rs/gloaming/tree/main/crates/nats/examples
//!
//! # Layout
//!
//! There are three key-value buckets per bot, whose values people can read with `nats kv`, and a stream:
//!
//! | bucket | key | value |
//! |---|---|---|
//! | `gloaming-BOT-leases` | `node.ID` | status and fence of a node's lease. The key ends by itself with the lease |
//! | | `shard.NUMBER` | who acquired the shard last, with which fence, or that it was released |
//! | `gloaming-BOT-sessions` | `shard.TOTAL.NUMBER` | the last checkpoint, with its fences as headers |
//! | | `agreement` | what the nodes [agree](NatsCoordinator::agree) on, such as the number of shards |
//! | `gloaming-BOT-identifies` | `ledger` | the identifies of the last day |
//!
//! | stream | subject | payload |
//! |---|---|---|
//! | `gloaming-BOT-events` | `gloaming.BOT.events.SHARD.NAME` | an event as Discord sent it, with headers |
//!
//! | request to | payload | reply |
//! |---|---|---|
//! | `gloaming.BOT.commands.SHARD` | a command as Discord documents it | what became of it |
//!
//! Each write names the revision that it replaces, so that of two writers one is refused and looks again. A lease of a shard
//! has no time of its own: it is valid as long as the node's key in it has the same fence. A node whose key has ended gets
//! another fence when it joins again, so what was seen to be ended stays ended, and a shard can be taken over with a write of
//! one key.
//!
//! One key per lease costs fewer bytes than one document with all leases. With 100 nodes, 1,000 shards and a renewal each 3 s:
//!
//! | | one key per lease | one document |
//! |---|---|---|
//! | written per second | 33 messages of 0.3 KB | 33 messages of 90 KB, each in conflict with all others |
//! | sent to the watches of all nodes per second | 1 MB | 300 MB |
//! | for the acquisition of a shard | 3 or 4 reads in 2 round trips, and a write | a write, and one more for each conflict |
//! | for a checkpoint | a write | a write |
//!
//! # Time and fences
//!
//! All time is that of the server. Leases end by the TTL of their messages, to the second. A fence is the time of the server in
//! microseconds at the acquisition, or one more than the highest that is known. So fences rise also if the server has lost its
//! last seconds, after a power failure: the lost ones are known to nobody, and lie in the past.
//!
//! # Failures
//!
//! - **No connection**: calls fail at once, watches wait, and the client connects again, at first after 50 ms and then
//!   every 2 s at most.
//! - **No answer**: each request ends after 2 s, and a call of several requests after 5 s.
//! - **The server comes back without its last seconds**: what was lost is written again, or was superseded. Revisions that
//!   were known before an interruption are forgotten, because the server gives them out anew.
//! - **A publication fails**: those of its shard behind it wait for it, except those that are under way
//!   ([`PublishOrder`]). Workers see which events came late ([`Delivery::order`]).
//! - **Events are lost**, since Discord has ended a session: a message says so, in its place among the events.
//! - **Workers are too slow**: the stream fills up to its limit. Then publishing fails, and nothing is dropped.
//! - **A worker dies**: what it has not acknowledged is delivered again.
//! - **The owner of a shard dies with a command**: the one who asked learns after 30 s that it is not known whether it was sent.
//!   While a shard moves, it has no owner, and the server says so at once.
//! - **Values that can't be read**: calls fail and name the key. Watches skip it, and log a warning.
//!
//! Reads go to the leader of a stream. Its followers may lag behind.
//!
//! # Features
//!
//! - `server-tests` and `worker-tests`: this crate's tests against a server, and of its examples in other languages. They change
//!   nothing else.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod address;
mod agreement;
mod api;
mod bucket;
mod budget;
mod command_message;
mod command_sender;
mod command_target;
mod commands;
mod config;
mod connect;
mod coordinator;
mod delivery;
mod delivery_order;
mod error;
mod event_message;
mod event_stream;
mod events;
mod follower;
mod leases;
mod link;
mod publish_lane;
mod record;
mod replica;
mod secret;
mod server_time;
mod sessions;
mod stream_config;
mod watch;
mod worker;

pub use self::{
    command_sender::CommandSender,
    command_target::CommandTarget,
    commands::NatsCommands,
    config::NatsConfig,
    coordinator::NatsCoordinator,
    delivery::Delivery,
    delivery_order::DeliveryOrder,
    error::{NatsError, NatsErrorKind},
    event_stream::{EventRetention, EventStream},
    events::NatsEvents,
    publish_lane::PublishOrder,
    worker::{Worker, WorkerConfig},
};
pub use gloaming_queue::QueueSettings;

/// Compiles the example in the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
