//! One Discord bot over many machines, on Redis or Valkey.
//!
//! [`RedisCoordinator`] is an engine for the nodes of a fleet, as [`gloaming_coordinator`] describes one: it keeps who is alive
//! and who owns which shards, the sessions, and the identifies of the day on a server that all nodes reach. A node is started with
//! it as with any other engine. It keeps no events: these go to workers on the machine of a node, or to a stream of NATS.
//!
//! It needs Redis 6.2 or later, or Valkey, as one server, as a primary with replicas, or as a cluster. The tests run against
//! Redis 7.0, as one server and as a cluster of two.
//!
//! # Layout
//!
//! The keys of a bot have one hash tag, so that a cluster keeps them on one server. People can read their values with `redis-cli`:
//!
//! | key | type | content |
//! |---|---|---|
//! | `{gloaming:BOT}:nodes` | hash | by the id of a node: format, fence, status, duration and end of its lease in milliseconds |
//! | `{gloaming:BOT}:shards` | hash | by the number of a shard: format, total, fence, and node and fence of the lease that holds it |
//! | `{gloaming:BOT}:changes` | stream | the last 4,096 changes of the two, with their numbers |
//! | `{gloaming:BOT}:state` | hash | the last fence, the number of changes, and when ended leases were last looked for |
//! | `{gloaming:BOT}:session:TOTAL:NUMBER` | hash | the last checkpoint, and its fences |
//! | `{gloaming:BOT}:agreement` | string | what the nodes [agree](RedisCoordinator::agree) on, such as the number of shards |
//! | `{gloaming:BOT}:identifies` | hash | the identifies of the last day, and a version |
//!
//! Each call is a script that the server runs as one step, apart from those of the budget, which read the ledger and write it if
//! nobody has written it meanwhile. Scripts are called by their hash, and sent again to a server that does not know them.
//!
//! A lease of a shard has no time of its own: it is valid as long as the node's lease in it. No key has an end, so a server that
//! deletes keys with an end when its memory is full deletes none of these.
//!
//! A watch waits for new entries of the stream of changes with XREAD, on a connection of its own, and learns of them at once.
//! Entries are numbered, so it notices when some are missing, and goes on with a snapshot. Every 400 ms, one of the watches ends
//! the leases whose time is over.
//!
//! # Time and fences
//!
//! All time is that of the server. A fence is the time of the server in microseconds at the acquisition, or one more than the
//! highest that is known. So fences rise also if the server has lost its last writes: the lost ones are known to nobody, and lie
//! in the past.
//!
//! # Failures
//!
//! - **No connection**: the next call connects again, with a backoff of 50 ms to 2 s in which calls fail at once. Watches wait.
//! - **No answer**: each request ends after 2 s, and a call of several requests after 5 s. The connection is given up then.
//! - **No memory**: calls that write fail with [`Full`](gloaming_coordinator::CoordinatorErrorKind::Full). Nothing is deleted.
//! - **Values that can't be read**: calls fail and name the key. Watches skip them, and log a warning.
//!
//! # What a server forgets
//!
//! Redis acknowledges a write before it is on a disk or on a replica, so some settings decide what a failure costs:
//!
//! | failure | what is lost |
//! |---|---|
//! | the process is killed, `appendonly yes` | nothing with `appendfsync always` or `everysec` |
//! | the machine loses its power, `appendonly yes` | nothing with `appendfsync always`, about a second with `everysec` |
//! | either, with snapshots only | what was written since the last snapshot, minutes ago |
//! | either, without persistence | everything |
//! | failover to a replica | what had not reached the replica: usually less than a second |
//! | failover while the old primary runs on behind a partition | what it accepts meanwhile; `min-replicas-to-write 1` bounds that to about `min-replicas-max-lag` |
//!
//! What that means for a bot:
//!
//! - **A lease is lost**: for a spell, the node before and another one may both count as the owner of a shard. The one before
//!   learns from its next renewal or from its watch that its lease has ended, and stops. Meanwhile its checkpoints are refused,
//!   because their fence is lower, and Discord ends the session of the one that resumed it first.
//! - **A checkpoint is lost**: the next owner resumes from an older one, which replays more, and consumers see events again. If the
//!   session in it has ended, the shard identifies.
//! - **Identifies are lost**: each node repeats those of its last minutes, and its own ledger and the numbers of
//!   `GET /gateway/bot` count as well. The smallest of the three decides.
//!
//! Use `appendonly yes` with `appendfsync everysec`, and a replica if the server's machine may be lost. A server without an
//! append-only file is warned of in the log. `maxmemory-policy` has to be `noeviction`, or one that begins with `volatile`; a server
//! that may delete any key is refused.
//!
//! # Access
//!
//! Anyone who can read the sessions and has the token of the bot can resume them. This user may do what a node does, and no more:
//!
//! ```text
//! ACL SETUSER bot on >PASSWORD resetkeys ~{gloaming:BOT}:* -@all +@scripting +@hash +@stream +info +time +get +set
//! ```
//!
//! # Features
//!
//! - `tls`: addresses that begin with `rediss://`, by rustls.
//! - `server-tests`: this crate's tests against a server. It changes nothing else.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod address;
mod agreement;
mod budget;
mod changes;
mod config;
mod coordinator;
mod error;
mod failure;
mod keys;
mod leases;
mod link;
mod record;
mod reply;
mod script;
mod secret;
mod server_check;
mod sessions;
#[cfg(feature = "tls")]
mod tls;
mod transport;
mod watch;

pub use self::{
    config::RedisConfig,
    coordinator::RedisCoordinator,
    error::{RedisError, RedisErrorKind},
};
pub use gloaming_queue::QueueSettings;

/// Compiles the example in the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
