use crate::program::run;

/// Each ends by itself, well, and breaks no rule of the gateway's.
async fn plays(example: &str, parts: &[&str]) {
    let ended = run(example, "").await;
    let text = ended.well().text();
    for part in parts.iter().chain(&["-- the gateway saw no rule broken"]) {
        assert!(text.contains(part), "{part:?} is in {text}");
    }
}

#[tokio::test]
async fn basic_bot() {
    plays(
        "basic-bot",
        &["ready as gloaming", "pings", "gloaming: pong!"],
    )
    .await;
}

#[tokio::test]
async fn all_events() {
    let parts = [
        r#"no type for Some("SOMETHING_BRAND_NEW"): {"id":"1","what":"nobody knows"}"#,
        "1 unknown",
        "MessageCreate",
        "Ready { session_id",
    ];
    plays("all-events", &parts).await;
}

#[tokio::test]
async fn sharded() {
    let parts = ["-- 3 shards", "shard [0, 3]: ", "shard [2, 3]: "];
    plays("sharded", &parts).await;
}

#[tokio::test]
async fn voice_state() {
    let parts = [
        "joining a voice channel of",
        "the voice server is rotterdam1.voice.example:2048; leaving",
        "in channel None",
    ];
    plays("voice-state", &parts).await;
}

#[tokio::test]
async fn presence_per_shard() {
    let parts = [
        r#"shard [0, 2]: ready, Some("on shard 1 of 2")"#,
        r#"shard [1, 2]: ready, Some("on shard 2 of 2")"#,
        "shard [0, 2]: idle now",
        "shard [1, 2]: idle now",
    ];
    plays("presence-per-shard", &parts).await;
}

#[tokio::test]
async fn with_http() {
    let parts = [
        "gloaming should have 2 shards; 1000 of 1000 session starts are left today",
        "pong from shard [0, 2]",
        "pong from shard [1, 2]",
    ];
    plays("with-http", &parts).await;
}

#[tokio::test]
async fn with_cache() {
    plays("with-cache", &["4 guilds, ", " 4 messages"]).await;
}

#[tokio::test]
async fn with_standby() {
    plays(
        "with-standby",
        &["what may it be?", "one a coffee, coming up"],
    )
    .await;
}

#[tokio::test]
async fn custom_queue() {
    plays("custom-queue", &["identified in this order: [0, "]).await;
}

#[tokio::test]
async fn resume_over_restart() {
    plays(
        "resume-over-restart",
        &["Resumed { replayed: ", "1 identifies, 1 resumes"],
    )
    .await;
}

#[tokio::test]
async fn record_traffic() {
    plays(
        "record-traffic",
        &["100 events were recorded", "100 events came again"],
    )
    .await;
}
