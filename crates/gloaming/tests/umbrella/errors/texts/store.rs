//! The store of sessions.

use super::{SECRET, Texts};
use gloaming::{
    Cluster, Intents, ShardScheme,
    cluster::FileStore,
    error::{StoreError, StoreErrorKind},
};

pub(super) async fn add(texts: &mut Texts) {
    const PATH: &str = "/var/lib/bot/sessions/checkpoints.log";
    for (kind, name) in [
        (StoreErrorKind::Damaged, "Damaged"),
        (StoreErrorKind::Folder, "Folder"),
        (StoreErrorKind::Foreign, "Foreign"),
        (StoreErrorKind::Locked, "Locked"),
        (StoreErrorKind::NewerFormat { format: 2 }, "NewerFormat"),
        (StoreErrorKind::OtherBot, "OtherBot"),
        (StoreErrorKind::Read, "Read"),
        (StoreErrorKind::TooLarge, "TooLarge"),
        (StoreErrorKind::Write, "Write"),
    ] {
        let error = StoreError::new(kind).with_path(PATH);
        texts.add_with_place(&format!("StoreErrorKind::{name}"), &error, PATH);
    }
    // These have no path.
    for (kind, name) in [
        (StoreErrorKind::NoStateFolder, "NoStateFolder"),
        (StoreErrorKind::Other, "Other"),
        (StoreErrorKind::TimedOut, "TimedOut"),
    ] {
        texts.add(&format!("StoreErrorKind::{name}"), &StoreError::new(kind));
    }

    // A file has no entries.
    let store = FileStore::new("Cargo.toml/sessions");
    let one = ShardScheme::Range {
        from: 0,
        to: 0,
        total: 1,
    };
    let built = Cluster::builder(SECRET.to_owned(), Intents::GUILDS)
        .shard_scheme(one)
        .session_store(store)
        .build()
        .await;
    let error = built.map(drop).unwrap_err().to_string();
    let text = error.split(" (os error").next().unwrap_or_default();
    texts.add("ClusterStartErrorKind::SessionStore", &text);
}
