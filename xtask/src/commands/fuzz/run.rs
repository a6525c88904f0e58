use crate::cargo::CargoOutput;

/// The result of running a target.
#[derive(Debug, Default, Eq, PartialEq)]
pub(super) struct Run {
    pub(super) target: String,
    executions: u64,
    per_second: u64,
    /// How many edges of the code were reached.
    edges: u64,
    /// The same, with each edge counted once per range of how often it was passed.
    features: u64,
    pub(super) finding: Option<Finding>,
}

/// Something that a target has found.
#[derive(Debug, Default, Eq, PartialEq)]
pub(super) struct Finding {
    pub(super) what: String,
    /// The file of the input, or `None` if libFuzzer could not even start.
    pub(super) input: Option<String>,
}

impl Run {
    pub(super) const HEADINGS: &'static str =
        "target      executions    per s   edges  features  found";

    /// Reads libFuzzer's output. Paths become relative to `root`.
    pub(super) fn read(target: &str, output: &CargoOutput, root: &str) -> Self {
        let text = output.stderr.replace(root, "");
        let mut run = Self {
            target: target.to_owned(),
            ..Self::default()
        };
        let (mut what, mut input) = (None, None);
        let mut lines = text.lines();
        while let Some(line) = lines.next() {
            let stat = |name| line.strip_prefix(name).and_then(|n| n.trim().parse().ok());
            if let Some(number) = stat("stat::number_of_executed_units:") {
                run.executions = number;
            } else if let Some(number) = stat("stat::average_exec_per_sec:") {
                run.per_second = number;
            } else if let Some(edges) = number_after(line, " cov: ") {
                run.edges = edges;
                run.features = number_after(line, " ft: ").unwrap_or_default();
            } else if line.contains("panicked at ") {
                // The message is in the next line.
                let message = lines.next().unwrap_or_default();
                what.get_or_insert_with(|| format!("{line}: {message}"));
            } else if line.contains("ERROR: ") {
                what.get_or_insert_with(|| line.to_owned());
            } else if let Some(path) = line.split("Test unit written to ").nth(1) {
                input = Some(path.trim().to_owned());
            }
        }
        if !output.status.success() || input.is_some() {
            let what = what.unwrap_or_else(|| format!("cargo fuzz ended with {}", output.status));
            run.finding = Some(Finding { what, input });
        }
        run
    }

    /// Returns a line below [`HEADINGS`](Self::HEADINGS).
    pub(super) fn line(&self) -> String {
        format!(
            "{:10} {:>11} {:>8} {:>7} {:>9}  {}",
            self.target,
            self.executions,
            self.per_second,
            self.edges,
            self.features,
            self.finding
                .as_ref()
                .map_or("nothing", |finding| &finding.what)
        )
    }
}

fn number_after(line: &str, key: &str) -> Option<u64> {
    let (_, rest) = line.split_once(key)?;
    rest.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::ExitStatus;

    fn output(stderr: &str) -> CargoOutput {
        CargoOutput {
            status: ExitStatus::default(),
            stdout: String::new(),
            stderr: stderr.to_owned(),
        }
    }

    #[test]
    fn run_without_a_finding_has_its_numbers() {
        let run = Run::read(
            "envelope",
            &output(
                "#64\tINITED cov: 7 ft: 8 corp: 1/1b exec/s: 0 rss: 40Mb\n\
                 #35352\tDONE   cov: 2091 ft: 5645 corp: 717/56Kb lim: 196 exec/s: 1683 rss: 204Mb\n\
                 stat::number_of_executed_units: 35352\n\
                 stat::average_exec_per_sec:     1683\n",
            ),
            "/somewhere/",
        );
        let expected = Run {
            target: "envelope".to_owned(),
            executions: 35_352,
            per_second: 1683,
            edges: 2091,
            features: 5645,
            finding: None,
        };
        assert_eq!(run, expected);
        assert_eq!(
            run.line(),
            "envelope         35352     1683    2091      5645  nothing"
        );
    }

    #[test]
    fn finding_has_its_message_and_its_input() {
        let run = Run::read(
            "texts",
            &output(
                "thread '<unnamed>' panicked at bodies/src/texts.rs:9:5:\n\
                 there is a path\n\
                 ==7== ERROR: libFuzzer: deadly signal\n\
                 artifact_prefix='a/'; Test unit written to /somewhere/testing/fuzz/artifacts/texts/crash-1f\n",
            ),
            "/somewhere/",
        );
        let finding = run.finding.unwrap();
        assert_eq!(
            finding.what,
            "thread '<unnamed>' panicked at bodies/src/texts.rs:9:5:: there is a path"
        );
        let input = "testing/fuzz/artifacts/texts/crash-1f";
        assert_eq!(finding.input.as_deref(), Some(input));
    }
}
