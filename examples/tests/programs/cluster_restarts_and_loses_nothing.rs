use crate::program::run;

#[tokio::test]
async fn and_spends_no_identify_on_it() {
    let ended = run("cluster", "").await;
    let text = ended.well().text();
    for part in [
        "4 shards are up",
        "its task panicked: this connector has had enough",
        "down, with 4 sessions kept",
        "up again",
        "lost: 0, twice: 0, identifies: 4, resumes: 5",
    ] {
        assert!(text.contains(part), "{part:?} is in {text}");
    }
}

#[tokio::test]
async fn or_says_how_it_is_called() {
    let ended = run("cluster", "--help").await;
    assert!(ended.well().text().contains("Usage: cluster"));
    let ended = run("cluster", "--shards").await;
    assert_eq!(ended.code(), Some(1));
    assert!(ended.errors().contains("see --help"), "{}", ended.errors());
}
