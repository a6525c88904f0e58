mod emulator;
mod http;
mod process;
mod program;
mod proxy;
mod run;
mod scripts;

use anyhow::{Context as _, bail};

use self::{
    run::Run,
    scripts::{SCRIPTS, Script},
};
use super::options;
use crate::{
    Command,
    cargo::Cargo,
    report::{Outcome, Report},
    system::{self, Need},
    workspace::{self, Target},
};

/// Runs every example.
pub(crate) struct Examples;

impl Command for Examples {
    fn name(&self) -> &'static str {
        "examples"
    }

    fn help(&self) -> &'static str {
        "Run every example against the bundled emulator

Builds all examples and runs them one after another, each as its script says:
with gloaming-emulator around it, and without a token of Discord's or a
network. An example passes if it prints the expected lines, ends with exit
code 0, and breaks no rule of the gateway's.

Usage: cargo xtask examples [--quiet] [EXAMPLE...]

Options:
  --quiet  print the output of an example only if it fails"
    }

    fn run(&self, args: &[String]) -> anyhow::Result<()> {
        let mut options = options::reader(args);
        let quiet = options.contains("--quiet");
        let mut names = Vec::new();
        while let Some(name) = options.opt_free_from_str::<String>()? {
            names.push(name);
        }
        options::finish(options)?;
        let examples = chosen(&names)?;
        system::install(&Need::TESTS)?;
        Cargo::new(
            "build --package gloaming-examples --package quickstart --package gloaming-emulator --examples --bins",
        )
        .run()?;
        let mut report = Report::default();
        for (target, script) in examples {
            if !target.required_features.is_empty() {
                let features = target.required_features.join(",");
                Cargo::new(&format!(
                    "build --package gloaming-examples --example {} --features {features}",
                    target.name
                ))
                .run()?;
            }
            report.step(format!("example {}", target.name), || {
                play(&target, script, quiet)
            });
        }
        report.print();
        report.result()
    }
}

/// Returns the examples with these names, or all if there are none, each with its script.
fn chosen(names: &[String]) -> anyhow::Result<Vec<(Target, &'static Script)>> {
    let mut targets = targets()?;
    for name in names {
        if !targets.iter().any(|target| target.name == *name) {
            bail!("there is no example {name}");
        }
    }
    targets.retain(|target| names.is_empty() || names.contains(&target.name));
    targets
        .into_iter()
        .map(|target| {
            let script = SCRIPTS
                .iter()
                .find(|script| script.example == target.name)
                .with_context(|| format!("example {} has no script", target.name))?;
            Ok((target, script))
        })
        .collect()
}

/// Returns the examples, sorted by name: those of the package of examples, and the programs of packages beside it.
fn targets() -> anyhow::Result<Vec<Target>> {
    let folder = workspace::root().join("examples");
    let mut targets = Vec::new();
    for package in workspace::packages()? {
        if package.folder.starts_with(&folder) {
            targets.extend(package.targets);
        }
    }
    targets.retain(|target| ["bin", "example"].contains(&target.kind.as_str()));
    targets.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(targets)
}

/// Returns the path of an example below cargo's folder of programs.
fn program(target: &Target) -> String {
    match target.kind.as_str() {
        "example" => format!("examples/{}", target.name),
        _ => target.name.clone(),
    }
}

fn play(target: &Target, script: &Script, quiet: bool) -> anyhow::Result<Outcome> {
    let run = Run::new(script.example, program(target))?;
    let result = (script.play)(&run);
    if result.is_err() || !quiet {
        print!("{}", run.output());
    }
    result.map(|()| Outcome::Passed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_example_has_a_script_and_every_script_an_example() {
        let examples = Vec::from_iter(targets().unwrap().into_iter().map(|target| target.name));
        let mut scripts = Vec::from_iter(SCRIPTS.iter().map(|script| script.example));
        scripts.sort_unstable();
        assert_eq!(examples, scripts);
    }
}
