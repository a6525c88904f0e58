use super::options;
use crate::{
    Command,
    cargo::Cargo,
    nats_server, redis_server,
    report::{Outcome, Report},
    system::{self, Need},
    test_results::TestResults,
};

/// Runs the tests.
pub(crate) struct Test;

/// The zlib backends of gloaming-protocol. Each is tested as the only one.
pub(super) const ZLIB_BACKENDS: [&str; 3] = ["zlib-stock", "zlib-ng", "zlib-system"];

/// Tests against a NATS server.
const NATS: &str =
    "test --package gloaming-nats --features server-tests --test server --no-fail-fast";

/// Tests against a Redis server.
const REDIS: &str =
    "test --package gloaming-redis --features server-tests,tls --test server --no-fail-fast";

/// Tests of workers in several languages against a NATS server.
const WORKERS: &str =
    "test --package gloaming-nats --features worker-tests --test workers --no-fail-fast";

/// Tests of what the default features leave out, and of what is said without them.
const OTHER_FEATURES: [&str; 5] = [
    "test --package gloaming-protocol --features zstd,simd-json --no-fail-fast",
    "test --package gloaming-emulator --no-default-features --test without_features --no-fail-fast",
    "test --package gloaming-queue --features metrics --no-fail-fast",
    "test --package gloaming-shard --all-features --no-fail-fast",
    "test --package gloaming-hostile --all-features --no-fail-fast",
];

impl Command for Test {
    fn name(&self) -> &'static str {
        "test"
    }

    fn help(&self) -> &'static str {
        "Run all tests and the examples in the documentation

Tests the workspace with its default features, then gloaming-protocol with each
zlib backend as the only one, then the parsers and compressions that are not
enabled by default, and gloaming-nats and gloaming-redis against servers. Installs
what these need, as `setup` does. Without a server, its tests are skipped and not
counted."
    }

    fn run(&self, args: &[String]) -> anyhow::Result<()> {
        options::none(args)?;
        system::install(&Need::ALL)?;

        let mut report = Report::default();
        let mut total = TestResults::default();
        report.step("test the workspace", || {
            run("test --workspace --no-fail-fast", &mut total)
        });
        for backend in ZLIB_BACKENDS {
            report.step(format!("test gloaming-protocol with {backend}"), || {
                run(&with_backend(backend), &mut total)
            });
        }
        for line in OTHER_FEATURES {
            report.step(format!("cargo {line}"), || run(line, &mut total));
        }
        report.step(format!("cargo {NATS}"), || match nats_server::install() {
            Ok(()) => run(NATS, &mut total),
            Err(error) => Ok(Outcome::Skipped(format!("no NATS server: {error:#}"))),
        });
        report.step(format!("cargo {REDIS}"), || match redis_server::install() {
            Ok(()) => run(REDIS, &mut total),
            Err(error) => Ok(Outcome::Skipped(format!("no Redis server: {error:#}"))),
        });
        report.step(format!("cargo {WORKERS}"), || {
            match nats_server::install().and_then(|()| nats_server::install_workers()) {
                Ok(()) => {
                    Cargo::new("build --package gloaming-nats --example worker").run()?;
                    run(WORKERS, &mut total)
                }
                Err(error) => Ok(Outcome::Skipped(format!("{error:#}"))),
            }
        });
        report.print();
        println!("\n{total}");
        report.result()
    }
}

fn run(line: &str, total: &mut TestResults) -> anyhow::Result<Outcome> {
    let (results, result) = Cargo::new(line).run_tests();
    let passed = results.passed;
    total.add_call(results);
    result.map(|()| Outcome::PassedWith(format!("{passed} passed")))
}

pub(super) fn with_backend(backend: &str) -> String {
    format!(
        "test --package gloaming-protocol --no-default-features --features {backend} --no-fail-fast"
    )
}
