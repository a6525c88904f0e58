//! The run of a script.

use std::{cell::RefCell, fs, path::PathBuf, rc::Rc};

use super::{emulator::Emulator, program::ProgramBuilder};
use crate::workspace;

/// What a script starts, and what was printed.
pub(super) struct Run {
    /// The path of the example below cargo's folder of programs.
    program: String,
    folder: PathBuf,
    output: Rc<RefCell<String>>,
}

impl Run {
    /// Creates an empty folder for temporary files.
    pub(super) fn new(example: &str, program: String) -> anyhow::Result<Self> {
        let folder = workspace::target().join("examples").join(example);
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        fs::create_dir_all(&folder)?;
        Ok(Self {
            program,
            folder,
            output: Rc::default(),
        })
    }

    /// Starts an emulator with these options, separated by spaces.
    pub(super) fn emulator(&self, options: &str) -> anyhow::Result<Emulator> {
        Emulator::start(options, &self.folder)
    }

    /// Returns the example, to be started.
    pub(super) fn example(&self) -> ProgramBuilder {
        ProgramBuilder::new(&self.program, Rc::clone(&self.output))
    }

    /// Returns another example, to be started.
    pub(super) fn other(&self, example: &str) -> ProgramBuilder {
        ProgramBuilder::new(&format!("examples/{example}"), Rc::clone(&self.output))
    }

    /// Returns the path of a temporary file.
    pub(super) fn file(&self, name: &str) -> String {
        self.folder.join(name).to_string_lossy().into_owned()
    }

    /// Returns what the examples have printed.
    pub(super) fn output(&self) -> String {
        self.output.borrow().clone()
    }
}
