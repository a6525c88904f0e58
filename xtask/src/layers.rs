//! The crates depend on each other in one direction only, and the IO-free ones
//! on nothing that does IO.

use crate::{cargo::Cargo, command::Failure};

/// Each crate and those of ours it may use.
const LAYERS: [(&str, &[&str]); 11] = [
    ("gloaming-protocol", &[]),
    ("gloaming-queue", &["gloaming-protocol"]),
    ("gloaming-machine", &["gloaming-protocol"]),
    (
        "gloaming-shard",
        &["gloaming-machine", "gloaming-protocol", "gloaming-queue"],
    ),
    (
        "gloaming-cluster",
        &[
            "gloaming-machine",
            "gloaming-protocol",
            "gloaming-queue",
            "gloaming-shard",
        ],
    ),
    ("gloaming-emulator", &["gloaming-protocol"]),
    (
        "gloaming",
        &[
            "gloaming-cluster",
            "gloaming-emulator",
            "gloaming-machine",
            "gloaming-protocol",
            "gloaming-queue",
            "gloaming-shard",
        ],
    ),
    (
        "gloaming-simulation",
        &[
            "gloaming-cluster",
            "gloaming-emulator",
            "gloaming-machine",
            "gloaming-protocol",
            "gloaming-queue",
            "gloaming-shard",
        ],
    ),
    ("gloaming-conformance", &["gloaming", "gloaming-emulator"]),
    ("gloaming-clients", &[]),
    ("gloaming-soak", &["gloaming", "gloaming-emulator"]),
];

/// Trees that have to be free of IO, as arguments to `cargo tree`.
const WITHOUT_IO: [&str; 3] = [
    "--package gloaming-protocol --all-features",
    "--package gloaming-queue --no-default-features",
    "--package gloaming-machine",
];

/// Whoever does IO in the world of async Rust needs one of these.
const IO: [&str; 9] = [
    "async-io",
    "hyper",
    "mio",
    "native-tls",
    "rustls",
    "smol",
    "socket2",
    "tokio",
    "tungstenite",
];

pub(crate) fn check() -> Result<(), Failure> {
    let mut wrong = Vec::new();
    for (crate_name, may_use) in LAYERS {
        let direct = tree(&format!("--package {crate_name} --all-features --depth 1"))?;
        for name in direct.iter().skip(1) {
            if name.starts_with("gloaming") && !may_use.contains(&name.as_str()) {
                wrong.push(format!("{crate_name} depends on {name}"));
            }
        }
    }
    for arguments in WITHOUT_IO {
        for name in tree(arguments)? {
            if IO.contains(&name.as_str()) {
                wrong.push(format!("`cargo tree {arguments}` has {name}"));
            }
        }
    }
    if wrong.is_empty() {
        println!("the layers point one way, and those without IO have none");
        Ok(())
    } else {
        Err(Failure::new(wrong.join("; ")))
    }
}

/// The names in a tree of normal dependencies, its root first.
fn tree(arguments: &str) -> Result<Vec<String>, Failure> {
    let said = Cargo::new(&format!("tree --edges normal --prefix none {arguments}")).ask()?;
    if !said.status.success() {
        return Err(Failure::new(said.stderr));
    }
    let names = said.stdout.lines().filter_map(|line| {
        let (name, _) = line.split_once(' ')?;
        Some(name.to_owned())
    });
    Ok(names.collect())
}
