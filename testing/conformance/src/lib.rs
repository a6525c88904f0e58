//! gloaming and twilight-gateway 0.18 in the emulator's library of scenarios, side by side.
//!
//! A [`ScenarioRun`] runs one client in one scenario, with an emulator of its own, over loopback. Both clients have the same
//! source, compiled against each library. The emulator counts identifies, resumes and rule violations. The clients only
//! record which dispatches they received, and when.

mod client;
mod clock;
mod log;
mod record;
mod scenario_run;
mod table;

pub use self::{
    client::Client,
    record::{FinalState, Outcome},
    scenario_run::{ScenarioRun, run_all},
    table::{put_between_markers, table},
};
