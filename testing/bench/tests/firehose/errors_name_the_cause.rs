use crate::harness::run;
use gloaming_emulator::{DEFAULT_TOKEN, Emulator, Flood};

#[tokio::test]
async fn mistakes_on_the_command_line_are_named() {
    for (arguments, mistake) in [
        ("", "--mode is missing"),
        ("--mode raw", "--sent is missing"),
        ("--mode raw --sent 1", "--url is missing"),
        (
            "--mode raw --sent 0",
            "--sent: \"0\" is not a number in range",
        ),
        ("--mode fast", "--mode: \"fast\" is not a mode"),
        ("--mode idle --hold -1", "--hold: "),
        ("--mode idle --compress rar", "--compress: \"rar\""),
        ("--url", "--url needs a value"),
        ("--uri x", "unknown option --uri"),
    ] {
        let ended = run(arguments).await;
        assert_eq!(ended.code(), Some(2), "{arguments}");
        assert!(ended.errors().contains(mistake), "{}", ended.errors());
        assert_eq!(ended.text(), "");
    }
}

#[tokio::test]
async fn errors_of_the_connection_are_named() {
    let emulator = Emulator::builder()
        .flood(Flood::new(10))
        .start()
        .await
        .unwrap();
    let url = emulator.url();
    let mistakes = [
        (format!("--url {url} --token wrong-token"), "4004"),
        (format!("--url {url} --intents {}", 1_u64 << 40), "4013"),
        (format!("--url {}", emulator.wss_url()), "certificate"),
        ("--url http://localhost".to_owned(), "ws"),
    ];
    for (arguments, mistake) in mistakes {
        let ended = run(&format!("{arguments} --mode raw --sent 10")).await;
        assert_eq!(ended.code(), Some(1), "{arguments}");
        assert!(
            ended.errors().contains(mistake),
            "{arguments}: {}",
            ended.errors()
        );
        assert!(!ended.errors().contains("wrong-token"));
    }
}

#[tokio::test]
async fn connection_without_a_close_frame_is_an_error_and_no_measurement() {
    for mode in ["raw", "borrowed", "filter", "typed"] {
        let emulator = Emulator::builder()
            .flood(Flood::new(10))
            .start()
            .await
            .unwrap();
        let arguments = format!("--url {} --mode {mode} --sent 10", emulator.url());
        let (ended, ()) = tokio::join!(run(&arguments), async {
            emulator.wait_until(|stats| stats.events == 10).await;
            emulator.drop_connections(gloaming_emulator::Selector::All);
        });
        assert_eq!(ended.code(), Some(1), "{mode}: {}", ended.text());
        // The socket is reset if there is a heartbeat in it that the emulator has not read.
        let causes = ["without a close frame", "reset by peer"];
        let errors = ended.errors();
        assert!(causes.iter().any(|it| errors.contains(it)), "{errors}");
    }
}

#[tokio::test]
async fn help_lists_the_options() {
    let ended = run("--help").await;
    let help = ended.success().text();
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
