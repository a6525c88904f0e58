use std::{env::consts::EXE_SUFFIX, process::Command as Process};

use anyhow::bail;

use super::options;
use crate::{
    Command,
    cargo::Cargo,
    nats_server, redis_server,
    system::{self, Need},
    workspace,
};

/// Kills, stops, replaces and multiplies the nodes of a fleet.
pub(crate) struct Fleet;

impl Command for Fleet {
    fn name(&self) -> &'static str {
        "fleet"
    }

    fn help(&self) -> &'static str {
        "Kill, stop, replace and multiply the nodes of a fleet under load

The emulator sends numbered events at a steady rate to 3 nodes, which are processes
of gloaming-node. They share an engine in files, or a server of NATS or Redis, which
this installs as `setup` does, and starts. Their events are read from their standard
output, or with NATS by workers that acknowledge them. On Unix only. The scenarios:

  kill      SIGKILL of a node, and a new one in its place
  stop      SIGSTOP of a node for a minute, and SIGCONT
  deploy    each node is replaced by a new one, which is ready before SIGTERM
  scale     from 3 nodes to 5, and to 2
  partition the network between a node and the server is cut
  restart   the server is killed, and started after 20 s
  rollback  the server comes back without its last 5 s

Prints for each: the seconds until the last shard of the node was resumed on
another one, how often a shard was served twice, events, lost events, events that
came twice, IDENTIFYs, RESUMEs, violations of P11 and P12, the longest time for
which a shard had no connection, and the lag from the gateway to the reader of a
node's output. With workers on NATS, also what became of ten commands per second,
which are sent to the owners of the shards. On Linux, what each process has used
of CPU and memory. Fails if a shard was served twice, an event was lost, a shard
identified, a session ended, a rule was broken, a command had not one outcome or was
sent twice, or a takeover took more than 15 s,
except in kill, stop and partition also if an event came twice, and in restart and
rollback also if a session was resumed.

Options:
  --engine E    local, nats or redis (local)
  --events E    stdout, or nats with the engine nats (that of the engine)
  --only S      one of the scenarios (all)
  --rate N      how many events the gateway sends per second (5000)
  --shards N    the number of shards (16)
  --stop N      for how many seconds a node is stopped (60)
  --quick       500 events/s, and a stop of 15 s
  --keep        keeps the folder with the logs of the nodes
  --release     builds with optimizations"
    }

    fn run(&self, args: &[String]) -> anyhow::Result<()> {
        let flags = ["--quick", "--keep", "--release"];
        options::check_with_texts(
            args,
            &flags,
            &["--rate", "--shards", "--stop"],
            &["--engine", "--events", "--only"],
        )?;
        let (release, args): (Vec<_>, Vec<_>) = args.iter().partition(|arg| *arg == "--release");
        let (profile, folder) = match release.is_empty() {
            true => ("dev", "debug"),
            false => ("release", "release"),
        };
        system::install(&Need::TESTS)?;
        if args.iter().any(|arg| *arg == "nats") {
            nats_server::install()?;
        }
        if args.iter().any(|arg| *arg == "redis") {
            redis_server::install()?;
        }
        let packages = "--package gloaming-fleet-drill --package gloaming-node";
        Cargo::new(&format!("build --profile {profile} {packages}")).run()?;
        let program = format!("{folder}/gloaming-fleet-drill{EXE_SUFFIX}");
        let program = workspace::target().join(program);
        if !Process::new(&program).args(args).status()?.success() {
            bail!("a fleet has broken a promise, or a node failed");
        }
        Ok(())
    }
}
