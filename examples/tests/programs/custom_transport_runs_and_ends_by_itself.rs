use crate::program::run;

#[tokio::test]
async fn and_breaks_no_rule() {
    let ended = run("custom-transport", "").await;
    let text = ended.well().text();
    for part in [
        "hello: a heartbeat every 500ms",
        "ready: ",
        "events, ",
        "closed: ",
        "rules broken, as the gateway saw it: 0",
    ] {
        assert!(text.contains(part), "{part:?} is in {text}");
    }
}
