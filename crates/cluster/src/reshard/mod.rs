//! A switch to another number of shards while events flow.
//!
//! A bot with `n` shards that needs `m` runs both sets for a while. Discord sends the events of a guild to the session of
//! the shard that it belongs to in each set, `(guild_id >> 22) % total` ([P35](gloaming_protocol::rules#p35)). [`Switchover`]
//! takes the events of both sets and returns each of them once, in the order of the guild; then the old set ends. It does no
//! IO: the time is an argument. [`Cluster::reshard`](crate::Cluster::reshard) drives it for a running cluster, and
//! [`ClusterSwitch`](crate::ClusterSwitch) for two clusters that the application has built.
//!
//! # The method
//!
//! Each guild is a *stream* of its own; the events without a guild, which shard 0 gets, are another one. In each set, the
//! events of a stream are the same sequence, but the sequence of the new set begins later: with GUILD_CREATE, or with READY
//! for the events without a guild. This is the *cut*. A stream passes four stages:
//!
//! 1. Until the cut, the old set owns the stream. Its events are delivered, and their fingerprints kept for a while.
//! 2. After the cut, the old set still owns the stream. The fingerprints of both sets are matched, each with one. Which of
//!    the events that the old set delivered came after the cut, so that a copy follows, turns out within a window of time.
//! 3. Once that is certain, the events that the new set brings and the old one has not are held, until the old set has
//!    delivered all before them: for as long as the new set is ahead.
//! 4. From then on, of the two copies of an event the first is delivered and the second dropped, whichever set it is from.
//!    Either set may end now without a gap or a duplicate.
//!
//! When all streams are in the last stage, and each shard of the new set has answered a heartbeat after that, the old set
//! ends. Until then, the old set alone is enough: if the new set is refused, or is not ready in time, the switch is aborted,
//! and of the events that the new set delivered first the copies are still dropped.
//!
//! A shard that resumes continues its sequence, so that nothing changes. A shard with a new session begins anew:
//!
//! * In the last stage, its streams are left to the other set until the next cut. The loss of the session is no gap.
//! * Before, if it is a shard of the new set, nothing is lost either: the old set owns its streams.
//! * Before, if it is a shard of the old set, the events until its next cut are lost as without a switch. The shard reports
//!   the gap, GUILD_CREATE of its next session is delivered, and from there on the streams are aligned anew.
//!
//! # Why each event is delivered once
//!
//! Let `W` be the [window](SwitchoverSettings::window), and say that a shard is *past* a time if everything that the gateway
//! sent it until then was received; a heartbeat's ACK shows that. The two copies of an event are sent at most `W` apart. So
//! if one copy was received at `t` and the other shard is past `t + W`, the other copy was received, or there is none.
//!
//! * In stages 1 and 2 the old set delivers its events, and nothing else is delivered: each once, in order.
//! * Stage 3 begins once the old shard is past the cut and `W`, and no event is *doubtful*. An unmatched event of the old set is
//!   doubtful if it was received before the old shard was past that time: it may precede the cut. If the new shard is
//!   past `W` after it, it does precede the cut, and is forgotten. An event that is received later was sent after the cut, so
//!   that its copy comes. If a doubtful event is matched, its content has recurred perhaps, and the match was that of a later
//!   event, which stays without a match. So the doubt is passed on to the next event of this content: the next unmatched one,
//!   or the next that arrives before the old shard is past `W` after the copy. Doubts are passed on and expire, but are never
//!   dropped, so that at the beginning of stage 3 the unmatched events of the old set are exactly those whose copy will come,
//!   and those of the new set exactly those that the old set will deliver. If the old set has had a session of a later cut, or
//!   its events are known only from a later time on, the same holds with the sets exchanged.
//! * In stage 3, the old set delivers the latter; the held ones follow them in the sequence. At the beginning of stage 4
//!   everything was delivered that any set has brought. By induction, the number of deliveries of each content is the
//!   larger of the numbers of its copies from both sets.
//! * In stage 4, one of the sets is ahead, and its next event is the next of the sequence. If the old set ends, the new one
//!   brings the rest of the sequence, and the copies of what the old set delivered first are dropped.
//!
//! Equal events are never merged: a match is one to one. Two TYPING_START of the same second are delivered twice.
//!
//! # What it relies on
//!
//! * Both sessions get the events of a guild in the same order, and from GUILD_CREATE on without a gap. Discord does not
//!   document this. If the order differs, each event is still delivered once, but its place is that of the first copy.
//! * The copies of an event have the same content: `d` is the same, and only the sequence number differs. Of GUILD_CREATE,
//!   which depends on the session, the fingerprint is that of the guild's id.
//! * The copies of an event are sent at most the window apart.
//! * Both sets have the same intents, `GUILDS` among them.
//! * Fingerprints of 64 bits do not collide within the window in one guild.
//!
//! If an assumption does not hold, events have one copy where two are expected. Their number is
//! [`unmatched`](SwitchoverOutcome::unmatched).
//!
//! A guild that an outage keeps from the new set does not hold up the switch once the shard [no longer awaits
//! it](SwitchoverInput::GuildsArrived) and the old set has not brought an event of it for the window. A guild in which the same
//! content recurs again and again within the window holds it up, until the content pauses or the switch is aborted.
//!
//! # Bounds
//!
//! Fingerprints are kept until the other shard is past `W`: with a heartbeat each 41 s, those of the last minute. If a shard
//! is disconnected, they are kept for longer. Events are held for as long as the new set is ahead, mostly for milliseconds.
//! Both are [bounded](SwitchoverSettings); if a bound is exceeded, the switch is aborted. Each wait has a
//! [deadline](SwitchoverSettings::patience).

mod budget;
mod error;
mod io;
mod progress;
mod sets;
mod settings;
mod stream_merge;
mod summary;
mod switchover;
#[cfg(test)]
mod tests;
mod trigger;

use self::sets::{Receipt, Sides};
pub use self::{
    budget::IdentifyBudget,
    error::{ReshardError, ReshardErrorKind},
    io::{
        AbortReason, EventRole, GuildOwner, SwitchoverEnd, SwitchoverInput, SwitchoverOutcome,
        SwitchoverOutput,
    },
    progress::ReshardProgress,
    sets::{EventScope, ShardSet},
    settings::{ReshardSettings, SwitchoverSettings},
    summary::EventSummary,
    switchover::Switchover,
    trigger::{ReshardAdvice, ReshardTrigger},
};
