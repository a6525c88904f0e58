use std::{
    error::Error,
    fmt::{self, Display, Formatter},
    io,
};

/// One thing that `cargo xtask` does.
pub(crate) trait Command {
    /// What it is called on the command line.
    fn name(&self) -> &'static str;

    /// The first line says it all; the rest says more, and lists the options.
    fn help(&self) -> &'static str;

    fn run(&self, args: &[String]) -> Result<(), Failure>;
}

/// Says what is wrong and what to do about it.
#[derive(Debug)]
pub(crate) struct Failure(String);

impl Failure {
    pub(crate) fn new(reason: impl Into<String>) -> Self {
        Self(reason.into())
    }
}

impl Display for Failure {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for Failure {}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self(error.to_string())
    }
}

/// Which of `known` were given.
pub(crate) fn options<'a>(args: &'a [String], known: &[&str]) -> Result<Vec<&'a str>, Failure> {
    match args.iter().find(|arg| !known.contains(&arg.as_str())) {
        Some(option) => Err(unknown(option)),
        None => Ok(args.iter().map(String::as_str).collect()),
    }
}

/// Looks for mistakes before the time is spent on building: only `flags` were given, and `numbers` with
/// a number each.
pub(crate) fn check(args: &[String], flags: &[&str], numbers: &[&str]) -> Result<(), Failure> {
    let mut args = args.iter().map(String::as_str);
    while let Some(arg) = args.next() {
        if flags.contains(&arg) {
            continue;
        }
        if !numbers.contains(&arg) {
            return Err(unknown(arg));
        }
        let value = args.next().unwrap_or_default();
        value
            .parse::<u64>()
            .map_err(|_| Failure::new(format!("{arg} needs a number and not `{value}`")))?;
    }
    Ok(())
}

fn unknown(option: &str) -> Failure {
    Failure::new(format!(
        "unknown option `{option}`; --help lists those there are"
    ))
}

#[cfg(test)]
mod tests {
    use super::check;

    fn said(line: &str) -> String {
        let args: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        let checked = check(&args, &["--bugs"], &["--seeds", "--seed"]);
        checked.map_or_else(|failure| failure.to_string(), |()| "fine".to_owned())
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
