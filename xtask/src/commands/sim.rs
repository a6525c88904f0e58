use crate::{
    cargo::Cargo,
    command::{Command, Failure},
};

/// Runs the simulation.
pub(crate) struct Sim;

impl Command for Sim {
    fn name(&self) -> &'static str {
        "sim"
    }

    fn help(&self) -> &'static str {
        "Run shards, their queue and a gateway in virtual time, over a failing network

Each seed is a world of its own, the same each time. Prints what was covered,
and of a seed that fails the few faults that it takes and its last steps. Fails
if anything was found, if a bug was not, or if a thousand seeds or more did not
reach what can be reached.

Options:
  --seeds N  how many seeds (1000)
  --seed S   the first of them (0); without --seeds the only one
  --bugs     also look for each of the deliberate bugs
  --trace    print all that happens in seed S, and nothing else"
    }

    fn run(&self, args: &[String]) -> Result<(), Failure> {
        check(args)?;
        let line = format!(
            "run --quiet --release --package gloaming-simulation -- {}",
            args.join(" ")
        );
        Cargo::new(&line).run()
    }
}

/// Looks for mistakes before the time is spent on building.
fn check(args: &[String]) -> Result<(), Failure> {
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--bugs" | "--trace" => {}
            "--seeds" | "--seed" => {
                let value = args.next().map(String::as_str).unwrap_or_default();
                value
                    .parse::<u64>()
                    .map_err(|_| Failure::new(format!("{arg} needs a number and not `{value}`")))?;
            }
            unknown => {
                return Err(Failure::new(format!(
                    "unknown option `{unknown}`; --help lists those there are"
                )));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::check;

    fn said(line: &str) -> String {
        let args: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        check(&args).map_or_else(|failure| failure.to_string(), |()| "fine".to_owned())
    }

    #[test]
    fn mistakes_are_told_at_once() {
        assert_eq!(said("--seeds 2000 --seed 7 --bugs"), "fine");
        assert_eq!(
            said("--seeds many"),
            "--seeds needs a number and not `many`"
        );
        assert_eq!(said("--seed"), "--seed needs a number and not ``");
        assert!(said("--sleep").starts_with("unknown option `--sleep`"));
    }
}
