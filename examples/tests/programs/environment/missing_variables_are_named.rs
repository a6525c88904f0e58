use crate::harness::run;

#[tokio::test]
async fn missing_token_is_named() {
    for example in [
        "all-events",
        "basic-bot",
        "cluster",
        "custom-connector",
        "custom-queue",
        "custom-transport",
        "member-requests",
        "network-proxy",
        "presence-per-shard",
        "record-traffic",
        "resume-over-restart",
        "sharded",
        "voice-state",
        "with-cache",
        "with-http",
        "with-standby",
    ] {
        let ended = run(example, "").await;
        assert_eq!(ended.code(), Some(1), "{example}");
        assert!(
            ended.errors().contains("set DISCORD_TOKEN"),
            "{example}: {}",
            ended.errors()
        );
    }
}
