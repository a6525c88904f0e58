//! A cluster as a whole.

use super::{SECRET, Texts, gateway_info};
use gloaming::{
    Cluster, ClusterBuilder, Config, EventTypeFlags, Intents, Message, Shard, ShardId, ShardScheme,
    cluster::{
        ClusterSwitch, ShutdownMode,
        reshard::{IdentifyBudget, ReshardSettings},
    },
    error::{NotStartedError, ShardSchemeErrorKind},
    twilight_model::id::{Id, marker::GuildMarker},
};
use std::time::Duration;

pub(super) async fn add(texts: &mut Texts) {
    let bucket = ShardScheme::try_from((16, 8, 32)).unwrap_err();
    texts.add("ShardSchemeErrorKind::BucketTooLarge", &bucket);
    let range = ShardScheme::try_from((3..=4, 4)).unwrap_err();
    assert!(matches!(
        range.kind(),
        ShardSchemeErrorKind::IdTooLarge { .. }
    ));
    texts.add("ShardSchemeErrorKind::IdTooLarge", &range);

    let empty = ShardScheme::Range {
        from: 3,
        to: 2,
        total: 4,
    };
    let error = builder().shard_scheme(empty).build().await.map(drop);
    texts.add("ClusterStartErrorKind::Scheme", &error.unwrap_err());
    let error = builder()
        .shard_scheme(ONE)
        .large_threshold(7)
        .build()
        .await
        .map(drop);
    texts.add("ClusterStartErrorKind::Config", &error.unwrap_err());
    let refusal = "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n";
    let (url, server) = gateway_info::serve(refusal).await;
    for (kind, builder) in [
        ("AutoSharding", builder().shard_scheme(ShardScheme::Auto)),
        (
            "IdentifyLimits",
            builder().shard_scheme(ONE).request_identify_limits(),
        ),
    ] {
        let error = builder
            .api_url(url.clone())
            .build()
            .await
            .map(drop)
            .unwrap_err();
        let text = error.to_string();
        let text = text.split(" (1 attempt, ").next().unwrap_or_default();
        texts.add(&format!("ClusterStartErrorKind::{kind}"), &text);
    }
    server.abort();
    let twice = [3, 3].map(|number| {
        let config = Config::new(SECRET.to_owned(), Intents::GUILDS);
        Shard::with_config(ShardId::new(number, 4), config)
    });
    let error = Cluster::start(twice, EventTypeFlags::all(), 1).map(drop);
    texts.add("ClusterStartErrorKind::DuplicateShard", &error.unwrap_err());

    let (cluster, _events) = self::builder().shard_scheme(ONE).build().await.unwrap();
    let text = || Message::Text("{}".repeat(5_000));
    let error = cluster.send(7, text()).await.unwrap_err();
    texts.add("ClusterCommandErrorKind::ShardNonexistent", &error);
    let elsewhere = Id::<GuildMarker>::new(1 << 22);
    let (two, _events) = self::builder()
        .shard_scheme(ShardScheme::Range {
            from: 0,
            to: 0,
            total: 2,
        })
        .build()
        .await
        .unwrap();
    let error = two.send(elsewhere, text()).await.unwrap_err();
    texts.add("ClusterCommandErrorKind::GuildElsewhere", &error);
    let error = cluster.send(0, text()).await.unwrap_err();
    texts.add("ClusterCommandErrorKind::Sending", &error);
    let error: NotStartedError = cluster.shard(0).expect("shard 0").info().unwrap_err();
    texts.add("NotStartedError", &error);
    shard_changes(texts, &two).await;
    #[cfg(unix)]
    hand_over(texts).await;

    reshard(texts).await;
    let budget = IdentifyBudget {
        remaining: 12,
        reserve: 10,
        reset_after: Duration::from_secs(5_000),
    };
    let error = budget.check(7).unwrap_err();
    texts.add("ReshardErrorKind::SessionStarts", &error);
    let all = ShardScheme::try_from((.., 2)).unwrap();
    let of = |intents| Cluster::builder(SECRET.to_owned(), intents).shard_scheme(all);
    let messages = Intents::GUILD_MESSAGES;
    for (kind, old, new) in [
        (
            "ShardsMissing",
            of(Intents::GUILDS),
            builder().shard_scheme(PART),
        ),
        ("IntentsDiffer", of(Intents::GUILDS), of(messages)),
        ("GuildsIntentMissing", of(messages), of(messages)),
        (
            "EventsMissing",
            of(Intents::GUILDS),
            of(Intents::GUILDS).event_types(EventTypeFlags::MESSAGE_CREATE),
        ),
    ] {
        let (old, _items) = old.build().await.unwrap();
        let (new, _items) = new.build().await.unwrap();
        let error = ClusterSwitch::validate(&old, &new, budget).unwrap_err();
        texts.add(&format!("ReshardErrorKind::{kind}"), &error);
    }
}

/// The cluster runs shard 0 of 2.
async fn shard_changes(texts: &mut Texts, cluster: &Cluster) {
    let mut add = |kind: &str, error| texts.add(&format!("ShardChangeErrorKind::{kind}"), &error);
    let added = |number, total| cluster.add_shard(ShardId::new(number, total), None);
    add("DuplicateShard", added(0, 2).unwrap_err());
    add("WrongTotal", added(1, 4).unwrap_err());
    let removal = cluster.remove_shard(7, ShutdownMode::Final, Duration::ZERO);
    add("NotInCluster", removal.await.unwrap_err());
    cluster.down();
    add("ClusterDown", added(1, 2).unwrap_err());
    let config = Config::new(SECRET.to_owned(), Intents::GUILDS);
    let shard = Shard::with_config(ShardId::new(0, 2), config);
    let (ready_made, _items) = Cluster::start([shard], EventTypeFlags::all(), 1).unwrap();
    let error = ready_made.add_shard(ShardId::new(1, 2), None).unwrap_err();
    add("NoConfiguration", error);
}

async fn reshard(texts: &mut Texts) {
    let settings = ReshardSettings::default();
    let (cluster, _events) = builder().shard_scheme(ONE).build().await.unwrap();
    let error = cluster.reshard(0, settings).await.unwrap_err();
    texts.add("ReshardErrorKind::InvalidTotal", &error);
    let error = cluster.reshard(2, settings).await.unwrap_err();
    texts.add("ReshardErrorKind::Starting", &error);
    cluster.down();
    let error = cluster.reshard(2, settings).await.unwrap_err();
    texts.add("ReshardErrorKind::ClusterDown", &error);
    let config = Config::new(SECRET.to_owned(), Intents::GUILDS);
    let shard = Shard::with_config(ShardId::ONE, config);
    let (ready_made, _items) = Cluster::start([shard], EventTypeFlags::all(), 1).unwrap();
    let error = ready_made.reshard(2, settings).await.unwrap_err();
    texts.add("ReshardErrorKind::NoConfiguration", &error);
}

#[cfg(unix)]
async fn hand_over(texts: &mut Texts) {
    use gloaming::{HandOver, HandOverListener};

    let path = "/nonexistent/hand-over.sock";
    let error = HandOverListener::bind(path).unwrap_err();
    texts.add_with_place("HandOverErrorKind::Io", &error, path);
    let error = HandOver::new(SECRET).take([path]).await.unwrap_err();
    texts.add_with_place("HandOverErrorKind::NoOldProcess", &error, path);
}

const ONE: ShardScheme = ShardScheme::Range {
    from: 0,
    to: 0,
    total: 1,
};

const PART: ShardScheme = ShardScheme::Range {
    from: 0,
    to: 0,
    total: 2,
};

fn builder() -> ClusterBuilder {
    Cluster::builder(SECRET.to_owned(), Intents::GUILDS)
}
