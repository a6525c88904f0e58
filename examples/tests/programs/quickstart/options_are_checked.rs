use crate::harness::run;

#[tokio::test]
async fn help_lists_the_options() {
    let ended = run("quickstart", "--help").await;
    let help = ended.success().text();
    for word in ["--shards", "--seconds", "DISCORD_TOKEN"] {
        assert!(help.contains(word), "{word}: {help}");
    }
}

#[tokio::test]
async fn mistakes_refer_to_the_help() {
    for (arguments, mistake) in [
        ("--shard 1", "unknown option --shard"),
        ("--shards 0", "--shards needs a number from 1 to 1000"),
        ("--seconds", "--seconds needs a number from 1 to 1000"),
    ] {
        let ended = run("quickstart", arguments).await;
        assert_eq!(ended.code(), Some(1), "{arguments}");
        for part in [mistake, "see --help"] {
            assert!(
                ended.errors().contains(part),
                "{arguments}: {}",
                ended.errors()
            );
        }
    }
}
