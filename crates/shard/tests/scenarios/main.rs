//! A shard and the emulator's gateway, with no socket between them, in paused time: an hour takes a moment.

mod every_scenario_of_the_library_heals;
mod stage;
