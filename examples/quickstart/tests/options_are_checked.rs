//! The program's command line.

use std::process::{Command, Output};

fn run(arguments: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_quickstart"))
        .args(arguments.split_whitespace())
        .env_remove("DISCORD_TOKEN")
        .output()
        .expect("the program can be run")
}

#[test]
fn help_lists_the_options() {
    let ended = run("--help");
    assert!(ended.status.success());
    let help = String::from_utf8_lossy(&ended.stdout);
    for word in ["--shards", "--seconds", "DISCORD_TOKEN"] {
        assert!(help.contains(word), "{word}: {help}");
    }
}

#[test]
fn mistakes_refer_to_the_help() {
    for (arguments, mistake) in [
        ("--shard 1", "unknown option --shard"),
        ("--shards 0", "--shards needs a number from 1 to 1000"),
        ("--seconds", "--seconds needs a number from 1 to 1000"),
    ] {
        let ended = run(arguments);
        assert_eq!(ended.status.code(), Some(1), "{arguments}");
        let errors = String::from_utf8_lossy(&ended.stderr);
        for part in [mistake, "see --help"] {
            assert!(errors.contains(part), "{arguments}: {errors}");
        }
    }
}
