//! The options of the program.

use std::path::PathBuf;

use gloaming_emulator::Settings;

use crate::token_source::TokenSource;

/// The options of a run.
#[derive(Debug, Default)]
pub(crate) struct Options {
    pub(crate) settings: Settings,
    pub(crate) token_source: TokenSource,
    pub(crate) root_out: Option<PathBuf>,
    pub(crate) report: Option<PathBuf>,
    pub(crate) record: Option<PathBuf>,
    pub(crate) verdict: Verdict,
    pub(crate) client_lines: ClientLines,
    pub(crate) flood_events: Option<u64>,
    pub(crate) flood_close: FloodClose,
}

/// The effect of violations and notes on the exit code.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum Verdict {
    /// No effect.
    #[default]
    Lenient,
    /// With any of them, the exit code is 3.
    Strict,
}

/// Whether a line is printed for each client that comes or goes.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum ClientLines {
    #[default]
    Printed,
    Omitted,
}

/// How a flood ends.
#[derive(Clone, Copy, Debug)]
pub(crate) enum FloodClose {
    Code(u16),
    Never,
}

impl Default for FloodClose {
    fn default() -> Self {
        Self::Code(1000)
    }
}
