use crate::program::run;

#[tokio::test]
async fn and_ends_by_itself() {
    let ended = run("custom-connector", "").await;
    let text = ended.well().text();
    assert_eq!(text.matches("ready: ").count(), 3, "{text}");
    assert_eq!(text.matches("the proxy is asked for ").count(), 2, "{text}");
    for part in [
        "-- by way of http://127.0.0.1:",
        "-- by way of socks5h://127.0.0.1:",
        " bytes received, ",
        "rules broken, as the gateway saw it: 0",
    ] {
        assert!(text.contains(part), "{part:?} is in {text}");
    }
    assert_eq!(ended.errors(), "");
}
