use crate::program::run;
use gloaming::{
    Compression,
    emulator::{DEFAULT_TOKEN, Emulator, Flood},
};

#[tokio::test]
async fn with_the_command_line() {
    for (arguments, mistake) in [
        ("", "--mode is missing"),
        ("--mode raw", "--sent is missing"),
        ("--mode raw --sent 1", "--url is missing"),
        (
            "--mode raw --sent 0",
            "--sent: \"0\" is not a number that fits",
        ),
        ("--mode fast", "--mode: \"fast\" is no mode"),
        ("--mode idle --hold -1", "--hold: "),
        ("--mode idle --compress rar", "--compress: \"rar\""),
        ("--url", "--url needs a value"),
        ("--uri x", "unknown option --uri"),
    ] {
        let ended = run("firehose", arguments).await;
        assert_eq!(ended.code(), Some(2), "{arguments}");
        assert!(ended.errors().contains(mistake), "{}", ended.errors());
        assert_eq!(ended.text(), "");
    }
}

#[tokio::test]
async fn with_the_server() {
    let emulator = Emulator::builder()
        .flood(Flood::new(10))
        .start()
        .await
        .unwrap();
    let url = emulator.url();
    let mut mistakes = vec![
        (format!("--url {url} --token wrong-token"), "4004"),
        (format!("--url {url} --intents {}", 1_u64 << 40), "4013"),
        (format!("--url {}", emulator.wss_url()), "certificate"),
        ("--url http://localhost".to_owned(), "ws"),
    ];
    if !Compression::ZstdStream.is_available() {
        mistakes.push((format!("--url {url} --compress zstd"), "zstd"));
    }
    for (arguments, mistake) in mistakes {
        let ended = run("firehose", &format!("{arguments} --mode raw --sent 10")).await;
        assert_eq!(ended.code(), Some(1), "{arguments}");
        assert!(
            ended.errors().contains(mistake),
            "{arguments}: {}",
            ended.errors()
        );
        assert!(!ended.errors().contains("wrong-token"));
    }
}

/// A connection that is cut says nothing about what was sent.
#[tokio::test]
async fn when_the_window_is_never_closed() {
    for mode in ["raw", "borrowed", "filter", "typed"] {
        let emulator = Emulator::builder()
            .flood(Flood::new(10))
            .start()
            .await
            .unwrap();
        let arguments = format!("--url {} --mode {mode} --sent 10", emulator.url());
        let (ended, ()) = tokio::join!(run("firehose", &arguments), async {
            emulator.wait_until(|stats| stats.events == 10).await;
            emulator.drop_connections(gloaming::emulator::Selector::All);
        });
        assert_eq!(ended.code(), Some(1), "{mode}: {}", ended.text());
        assert!(
            ended.errors().contains("without a close frame"),
            "{}",
            ended.errors()
        );
    }
}

#[tokio::test]
async fn and_has_help() {
    let ended = run("firehose", "--help").await;
    let help = ended.well().text();
    for word in [
        "--url",
        "--mode",
        "--compress",
        "--sent",
        "--shards",
        "--hold",
        "--token",
    ] {
        assert!(help.contains(word), "{word}");
    }
    assert!(!help.contains(DEFAULT_TOKEN));
}
