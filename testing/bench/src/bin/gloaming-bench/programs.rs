//! The programs that take part, in the folder of this one.

use std::{
    env::{self, consts::EXE_SUFFIX},
    path::{Path, PathBuf},
};

use gloaming_bench::{Result, compression_name};
use gloaming_protocol::Compression;

use crate::rows::{Client, Program, TWILIGHTS, Tls};

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
        let twilight: Vec<_> = TWILIGHTS
            .iter()
            .map(|(compression, client)| programs.client(*client, *compression))
            .collect();
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

    pub(crate) fn client(&self, client: Client, compression: Compression) -> PathBuf {
        match client.program {
            Program::Gloaming => self.path("gloaming-firehose"),
            Program::Floor => self.path("gloaming-floor"),
            // What it consists of is chosen when it is compiled.
            Program::Twilight => {
                let mut name = format!("gloaming-bench-twilight-{}", compression_name(compression));
                if client.parser.is_some() {
                    name.push_str("-simd-json");
                }
                if client.tls == Tls::Native {
                    name.push_str("-native-tls");
                }
                self.path(&name)
            }
        }
    }

    /// A file beside the programs.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}{EXE_SUFFIX}"))
    }
}
