//! Live shards move from one process to another, over a Unix socket.
//!
//! The decisions are made by two state machines without IO, [`predecessor::Predecessor`] and [`successor::Successor`]; [`unix`] drives them.
//!
//! ```text
//!   old process (predecessor)                    new process (successor)
//!                         ◄── HELLO ──     versions, bot, wanted shards
//!   stops the shards      ── WELCOME ─►
//!   their handlers finish ── SESSION ─►    for each shard, with
//!                         ── STATE ───►    the application's state
//!                         ── COMPLETE ►    checks the counts
//!                         ◄─ ACCEPTED ─
//!   releases the store    ── RELEASED ►    opens it, and starts the shards, which resume
//!                         ◄─ RUNNING ──
//!   closes the shards     ── DONE ────►
//! ```
//!
//! Until RUNNING, the predecessor can say ROLLED BACK, and starts its shards again: it does so if the successor ends, is silent, or
//! breaks the protocol. After RELEASED, the end of the connection without ROLLED BACK means that the predecessor has died, and the
//! successor goes on. So at each moment one side has the shards, whichever dies.
//!
//! The session store goes with the last shards: before RELEASED, the predecessor saves their checkpoints and gives up its
//! lock. Until the successor has saved something, a third process finds in it what the successor has been given.

mod error;
mod frame;
mod owner;
mod predecessor;
#[cfg(test)]
mod simulation;
mod successor;
mod unix;

pub use self::{
    error::{HandOverError, HandOverErrorKind, HandOverRefusal},
    unix::{HandOver, HandOverListener, HandOverReport, TakenShards},
};
