use crate::program::run;

#[tokio::test]
async fn and_say_what_the_bot_did() {
    let ended = run("metrics", "").await;
    let text = ended.well().text();
    for part in [
        "-- serving http://127.0.0.1:",
        "# HELP gloaming_events_total Payloads received, duplicates included.",
        "# TYPE gloaming_events_total counter",
        r#"gloaming_events_total{shard="1",type="MESSAGE_CREATE"}"#,
        r#"gloaming_disconnects_total{shard="0",cause="lost"} 1"#,
        r#"gloaming_resumes_total{shard="0",step="resume_host",result="succeeded"} 1"#,
        r#"gloaming_identifies_total{shard="1",result="succeeded"} 1"#,
        r#"gloaming_shard_state{shard="1",state="active"} 1"#,
        r#"gloaming_commands_total{shard="0",outcome="sent"} 1"#,
        "# TYPE gloaming_heartbeat_latency_seconds histogram",
        "gloaming_identify_queue_depth 0",
        "gloaming_identify_budget_remaining ",
        "-- 0 of the expected series are missing",
    ] {
        assert!(text.contains(part), "{part:?} is in {text}");
    }
    let elsewhere = run("metrics", "--prot 1").await;
    assert_eq!(elsewhere.code(), Some(1));
    assert!(
        elsewhere.errors().contains("--prot"),
        "{}",
        elsewhere.errors()
    );
}
