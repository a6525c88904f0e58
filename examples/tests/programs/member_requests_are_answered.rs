use crate::program::run;

#[tokio::test]
async fn and_the_program_ends_by_itself() {
    let ended = run("member-requests", "").await;
    let text = ended.well().text();
    for part in [
        "not asked: ",
        "GUILD_PRESENCES",
        "chunk 3 of 3: 500 members",
        "joined: 2500 members",
        "starts with an a: ",
        "sounds of guild ",
        r#"channels: {"#,
        "rules broken, as the gateway saw it: 0",
    ] {
        assert!(text.contains(part), "{part:?} is in {text}");
    }
}
