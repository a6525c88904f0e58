use super::setup;
use crate::{
    cargo::{Cargo, Tests},
    command::{Command, Failure, options},
    needs::Need,
    report::{Outcome, Report},
};

/// Runs the tests.
pub(crate) struct Test;

/// Of gloaming-protocol; each takes its turn as the only one.
pub(super) const ZLIB_BACKENDS: [&str; 3] = ["zlib-stock", "zlib-ng", "zlib-system"];

/// What the default features don't reach.
const BEYOND_DEFAULTS: [&str; 4] = [
    "test --package gloaming-protocol --features zstd,simd-json --no-fail-fast",
    "test --package gloaming-queue --features metrics --no-fail-fast",
    "test --package gloaming-shard --all-features --no-fail-fast",
    "test --package gloaming-examples --features metrics -- metrics",
];

impl Command for Test {
    fn name(&self) -> &'static str {
        "test"
    }

    fn help(&self) -> &'static str {
        "Run all tests and the examples of the documentation

The workspace with its default features, then gloaming-protocol once more with
each zlib backend as the only one, and with the parsers and compressions that are
not defaults. Runs `setup` first for what these need."
    }

    fn run(&self, args: &[String]) -> Result<(), Failure> {
        options(args, &[])?;
        setup::install(&Need::ALL)?;

        let mut report = Report::default();
        let mut sum = Tests::default();
        report.step("test the workspace", || {
            run("test --workspace --no-fail-fast", &mut sum)
        });
        for backend in ZLIB_BACKENDS {
            report.step(format!("test gloaming-protocol with {backend}"), || {
                run(&with_backend(backend), &mut sum)
            });
        }
        for line in BEYOND_DEFAULTS {
            report.step(format!("cargo {line}"), || run(line, &mut sum));
        }
        report.print();
        println!(
            "\ntests: {} passed, {} failed, {} ignored",
            sum.passed, sum.failed, sum.ignored
        );
        report.verdict()
    }
}

fn run(line: &str, sum: &mut Tests) -> Result<Outcome, Failure> {
    let (tests, verdict) = Cargo::new(line).run_tests();
    *sum = sum.plus(tests);
    verdict.map(|()| Outcome::PassedWith(format!("{} passed", tests.passed)))
}

pub(super) fn with_backend(backend: &str) -> String {
    format!(
        "test --package gloaming-protocol --no-default-features --features {backend} --no-fail-fast"
    )
}
