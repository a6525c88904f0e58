//! Options on the command line.

use anyhow::bail;
use pico_args::Arguments;

/// Returns a reader of options.
pub(super) fn reader(args: &[String]) -> Arguments {
    Arguments::from_vec(args.iter().map(Into::into).collect())
}

/// Fails if an option is left that was not read.
pub(super) fn finish(reader: Arguments) -> anyhow::Result<()> {
    match reader.finish().first() {
        Some(unknown) => bail!(
            "unknown option `{}`; `--help` lists the options",
            unknown.display()
        ),
        None => Ok(()),
    }
}

/// Fails if there are any options.
pub(super) fn none(args: &[String]) -> anyhow::Result<()> {
    finish(reader(args))
}

/// Parses a number over 0.
pub(super) fn positive(value: &str) -> anyhow::Result<u32> {
    match value.parse() {
        Ok(number) if number > 0 => Ok(number),
        _ => bail!("expected a number over 0, not `{value}`"),
    }
}

/// Checks options that another program will read, before time is spent on building it: each is one of
/// `flags`, or one of `numbers` with a number.
pub(super) fn check(
    args: &[String],
    flags: &[&'static str],
    numbers: &[&'static str],
) -> anyhow::Result<()> {
    check_with_texts(args, flags, numbers, &[])
}

/// Like [`check`], with options whose value may be any text.
pub(super) fn check_with_texts(
    args: &[String],
    flags: &[&'static str],
    numbers: &[&'static str],
    texts: &[&'static str],
) -> anyhow::Result<()> {
    let mut reader = reader(args);
    for option in texts {
        reader.values_from_str::<_, String>(*option)?;
    }
    for flag in flags {
        while reader.contains(*flag) {}
    }
    for option in numbers {
        reader.values_from_str::<_, u64>(*option)?;
    }
    finish(reader)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(line: &str) -> Result<(), String> {
        let args: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        let checked = check(&args, &["--bugs"], &["--seeds", "--seed"]);
        checked.map_err(|error| error.to_string())
    }

    #[test]
    fn mistakes_are_reported() {
        assert_eq!(checked("--seeds 2000 --seed 7 --bugs"), Ok(()));
        for (line, part) in [
            ("--seeds many", "many"),
            ("--seed", "--seed"),
            ("--sleep", "unknown option `--sleep`"),
            ("7", "unknown option `7`"),
        ] {
            let error = checked(line).unwrap_err();
            assert!(error.contains(part), "{line}: {error}");
        }
    }

    #[test]
    fn texts_are_not_numbers() {
        let check = |line: &str| {
            let args: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
            check_with_texts(&args, &[], &["--seed"], &["--mode"]).is_ok()
        };
        assert!(check("--mode with-state --seed 7"));
        assert!(!check("--mode"));
        assert!(!check("--mode with-state --seed seven"));
    }

    #[test]
    fn zero_is_not_positive() {
        assert_eq!(positive("5").unwrap(), 5);
        for wrong in ["0", "-1", "x", ""] {
            assert!(positive(wrong).is_err(), "{wrong}");
        }
    }
}
