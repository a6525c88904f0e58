use crate::harness::run;
use gloaming_emulator::Emulator;

const SHARDS: u32 = 5;

#[tokio::test]
async fn idle_shards_are_held_in_one_process_without_a_queue() {
    let emulator = Emulator::builder()
        .shards(SHARDS)
        .max_concurrency(SHARDS)
        .start()
        .await
        .unwrap();
    let url = emulator.url();
    let arguments = format!("--url {url} --mode idle --shards {SHARDS} --hold 0.05");
    let line = run(&arguments).await.json();
    assert_eq!(
        (&line["mode"], &line["shards"]),
        (&"idle".into(), &SHARDS.into())
    );
    assert!(line["ready_wall_s"].as_f64() > Some(0.0));
    assert!(line["wall_s"].as_f64() >= Some(0.05));
    if cfg!(target_os = "linux") {
        assert!(line["rss_held_kib"].as_u64() > line["rss_before_kib"].as_u64());
        assert_eq!(line["rss_held_kib"], line["rss_kib"]);
    }

    let stats = emulator.wait_until(|stats| stats.connections == 0).await;
    assert_eq!(stats.sessions_started, u64::from(SHARDS));
    assert!(
        emulator.violations().is_empty(),
        "{:?}",
        emulator.violations()
    );
}

#[tokio::test]
async fn identifies_that_the_server_rejects_are_an_error() {
    let emulator = Emulator::builder().shards(2).start().await.unwrap();
    let arguments = format!("--url {} --mode idle --shards 2", emulator.url());
    let ended = run(&arguments).await;
    assert_eq!(ended.code(), Some(1));
    assert!(
        ended.errors().contains("this many identifies at once"),
        "{}",
        ended.errors()
    );
}
