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
        Some(unknown) => Err(Failure::new(format!(
            "unknown option `{unknown}`; --help lists those there are"
        ))),
        None => Ok(args.iter().map(String::as_str).collect()),
    }
}
