use crate::harness::run;
use gloaming_emulator::{Emulator, Flood};
use serde_json::Value;
use std::time::Duration;

const SENT: u64 = 1_000;
const GUILDS: u32 = 3;

async fn emulator() -> Emulator {
    Emulator::builder()
        .guilds(GUILDS)
        .members(5)
        .identify_interval(Duration::from_millis(1))
        .flood(Flood::new(SENT).then_close(1000))
        .start()
        .await
        .unwrap()
}

async fn measure(emulator: &Emulator, mode: &str, compress: &str) -> Value {
    let url = emulator.url();
    let arguments =
        format!("--url {url}/some/path --mode {mode} --compress {compress} --sent {SENT}");
    let line = run(&arguments).await.json();
    assert_eq!(line["peer"], "gloaming");
    assert_eq!(
        (&line["mode"], &line["compress"]),
        (&mode.into(), &compress.into())
    );
    assert_eq!((&line["sent"], &line["errors"]), (&SENT.into(), &0.into()));
    line
}

fn number(line: &Value, field: &str) -> f64 {
    line[field]
        .as_f64()
        .unwrap_or_else(|| panic!("{field} is a number in {line}"))
}

#[tokio::test]
async fn every_mode_counts_the_same_with_every_compression() {
    let emulator = emulator().await;
    let raw = measure(&emulator, "raw", "none").await;
    assert_eq!(raw["events"], SENT + u64::from(GUILDS));
    assert_eq!(raw["by_type"]["GUILD_CREATE"], GUILDS);
    assert_eq!(raw["bytes"], raw["wire_bytes"]);

    for compress in ["none", "payload", "zlib", "zstd"] {
        for mode in [
            "raw",
            "borrowed",
            "views",
            "typed",
            "cluster",
            "cluster-current",
        ] {
            let line = measure(&emulator, mode, compress).await;
            assert_eq!(line["by_type"], raw["by_type"], "{mode}, {compress}");
            assert_eq!(line["events"], raw["events"], "{mode}, {compress}");
        }
        let line = measure(&emulator, "filter", compress).await;
        let messages = &raw["by_type"]["MESSAGE_CREATE"];
        assert_eq!(line["events"], *messages);
        assert_eq!(
            line["by_type"].as_object().map(|types| types.len()),
            Some(1)
        );
        assert_eq!(line["by_type"]["MESSAGE_CREATE"], *messages);
        if compress != "none" {
            assert!(number(&line, "wire_bytes") < number(&line, "bytes"));
        }
    }
    assert!(
        emulator.violations().is_empty(),
        "{:?}",
        emulator.violations()
    );
    emulator.shutdown().await;
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn costs_add_up() {
    let emulator = emulator().await;
    let line = measure(&emulator, "typed", "none").await;
    let cpu = number(&line, "cpu_s");
    assert!((number(&line, "user_s") + number(&line, "sys_s") - cpu).abs() < 1e-5);
    assert!((number(&line, "ns_per_event") * SENT as f64 / 1e9 - cpu).abs() < 1e-3);
    assert!(number(&line, "wall_s") > 0.0);
    assert!(number(&line, "rss_peak_kib") >= number(&line, "rss_kib"));
    emulator.shutdown().await;
}
