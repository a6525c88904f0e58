//! The programs that take part, in the folder of this one.

use std::{
    env::{self, consts::EXE_SUFFIX},
    path::{Path, PathBuf},
};

use gloaming_bench::{Result, compression_name};
use gloaming_protocol::Compression;

use crate::rows::Program;

/// Where the programs are.
#[derive(Debug)]
pub(crate) struct Programs {
    folder: PathBuf,
}

impl Programs {
    pub(crate) fn find() -> Result<Self> {
        let this = env::current_exe()?;
        let folder = this.parent().unwrap_or_else(|| Path::new(".")).to_owned();
        let programs = Self { folder };
        let twilight = [
            Compression::None,
            Compression::ZlibStream,
            Compression::ZstdStream,
        ]
        .map(|compression| programs.client(Program::Twilight, compression));
        let others = ["gloaming-firehose", "gloaming-floor", "gloaming-replay"];
        for program in others
            .map(|name| programs.path(name))
            .iter()
            .chain(&twilight)
        {
            if !program.exists() {
                let program = program.display();
                return Err(format!(
                    "{program} is missing; start the benchmark with `cargo xtask bench`, which builds it"
                )
                .into());
            }
        }
        Ok(programs)
    }

    pub(crate) fn replay(&self) -> PathBuf {
        self.path("gloaming-replay")
    }

    pub(crate) fn client(&self, program: Program, compression: Compression) -> PathBuf {
        match program {
            Program::Gloaming => self.path("gloaming-firehose"),
            Program::Floor => self.path("gloaming-floor"),
            // Its compression is chosen when it is compiled.
            Program::Twilight => {
                let compression = compression_name(compression);
                self.path(&format!("gloaming-bench-twilight-{compression}"))
            }
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}{EXE_SUFFIX}"))
    }
}
