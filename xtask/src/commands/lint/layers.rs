//! The published crates depend on each other in one direction only.

use anyhow::bail;

use crate::{
    report::Outcome,
    workspace::{self, Package},
};

/// The published crates from the bottom up, each with those that it may depend on.
const LAYERS: [(&str, &[&str]); 12] = [
    ("gloaming-protocol", &[]),
    ("gloaming-queue", &["gloaming-protocol"]),
    ("gloaming-machine", &["gloaming-protocol"]),
    // Decisions and traits only: neither it nor what implements it needs the drivers of shards.
    (
        "gloaming-coordinator",
        &["gloaming-protocol", "gloaming-queue"],
    ),
    (
        "gloaming-nats",
        &[
            "gloaming-protocol",
            "gloaming-queue",
            "gloaming-coordinator",
        ],
    ),
    (
        "gloaming-redis",
        &[
            "gloaming-protocol",
            "gloaming-queue",
            "gloaming-coordinator",
        ],
    ),
    (
        "gloaming-shard",
        &["gloaming-protocol", "gloaming-queue", "gloaming-machine"],
    ),
    (
        "gloaming-cluster",
        &[
            "gloaming-protocol",
            "gloaming-queue",
            "gloaming-machine",
            "gloaming-shard",
        ],
    ),
    (
        "gloaming-fleet",
        &[
            "gloaming-protocol",
            "gloaming-queue",
            "gloaming-coordinator",
            "gloaming-shard",
            "gloaming-cluster",
        ],
    ),
    // A program made of these.
    (
        "gloaming-node",
        &[
            "gloaming-protocol",
            "gloaming-queue",
            "gloaming-coordinator",
            "gloaming-shard",
            "gloaming-cluster",
            "gloaming-fleet",
            "gloaming-nats",
            "gloaming-redis",
        ],
    ),
    // The server's side: it shares the tables of the protocol with the client, and no other code.
    ("gloaming-emulator", &["gloaming-protocol"]),
    (
        "gloaming",
        &[
            "gloaming-protocol",
            "gloaming-queue",
            "gloaming-machine",
            "gloaming-shard",
            "gloaming-coordinator",
            "gloaming-cluster",
            "gloaming-fleet",
            "gloaming-nats",
            "gloaming-redis",
            "gloaming-emulator",
        ],
    ),
];

pub(super) fn check() -> anyhow::Result<Outcome> {
    let published = workspace::published()?;
    let mut violations = violations(&published);
    for (name, _) in LAYERS {
        if !published.iter().any(|package| package.name == name) {
            violations.push(format!(
                "{name} is in the list of layers and does not exist"
            ));
        }
    }
    if !violations.is_empty() {
        bail!("{}", violations.join("\n"));
    }
    Ok(Outcome::PassedWith(format!("{} crates", published.len())))
}

fn violations(published: &[Package]) -> Vec<String> {
    let mut violations = Vec::new();
    for Package {
        name, dependencies, ..
    } in published
    {
        let layer = LAYERS.iter().find(|(known, _)| known == name);
        let Some((_, allowed)) = layer else {
            violations.push(format!("{name} has no place in the list of layers"));
            continue;
        };
        for dependency in dependencies {
            if dependency.starts_with("gloaming") && !allowed.contains(&dependency.as_str()) {
                violations.push(format!("{name} must not depend on {dependency}"));
            }
        }
    }
    violations
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::Publication;

    fn package(name: &str, dependencies: &[&str]) -> Package {
        Package {
            name: name.to_owned(),
            folder: name.into(),
            publication: Publication::Public,
            dependencies: dependencies.iter().map(|name| (*name).to_owned()).collect(),
            targets: Vec::new(),
            features: Vec::new(),
        }
    }

    #[test]
    fn upward_dependency_is_a_violation() {
        let packages = [
            package("gloaming-protocol", &["bytes", "gloaming-shard"]),
            package("gloaming-shard", &["gloaming-protocol"]),
            package("gloaming-new", &[]),
        ];
        let expected = [
            "gloaming-protocol must not depend on gloaming-shard",
            "gloaming-new has no place in the list of layers",
        ];
        assert_eq!(violations(&packages), expected);
    }

    #[test]
    fn every_layer_stands_on_those_listed_before_it() {
        for (index, (name, allowed)) in LAYERS.iter().enumerate() {
            for dependency in *allowed {
                let below = LAYERS[..index].iter().any(|(below, _)| below == dependency);
                assert!(
                    below,
                    "{name} may depend on {dependency}, which is not below it"
                );
            }
        }
    }
}
