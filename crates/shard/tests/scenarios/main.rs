//! A shard and the emulator's gateway without sockets and in paused time.

mod every_scenario_recovers;
