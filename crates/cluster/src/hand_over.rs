//! Live shards move from one process to another, over a Unix socket.
//!
//! The decisions are made by two state machines without IO, [`giver::Giver`] and [`taker::Taker`]; [`unix`] drives them.
//!
//! ```text
//!   old process (giver)                    new process (taker)
//!                         ◄── HELLO ──     versions, bot, wanted shards
//!   stops the shards      ── WELCOME ─►
//!   their handlers finish ── SESSION ─►    for each shard, with
//!                         ── STATE ───►    the application's state
//!                         ── COMPLETE ►    checks the counts
//!                         ◄─ ACCEPTED ─
//!                         ── RELEASED ►    starts the shards, which resume
//!                         ◄─ RUNNING ──
//!   closes the shards     ── DONE ────►
//! ```
//!
//! Until RUNNING, the giver can say ROLLED BACK, and starts its shards again: it does so if the taker ends, is silent, or
//! breaks the protocol. After RELEASED, the end of the connection without ROLLED BACK means that the giver has died, and the
//! taker goes on. So at each moment one side has the shards, whichever dies.

mod error;
mod frame;
mod giver;
mod owner;
#[cfg(test)]
mod simulation;
mod taker;
mod unix;

pub use self::{
    error::{HandOverError, HandOverErrorKind, HandOverRefusal},
    unix::{HandOver, HandOverListener, HandOverReport, TakenShards},
};
