use crate::harness::emulator::{emulator, in_time};
use gloaming_cluster::{Cluster, ClusterStartErrorKind, Health, ShardScheme, StartOutcome};
use gloaming_emulator::DEFAULT_TOKEN;
use gloaming_protocol::{Event, Intents};
use gloaming_shard::{
    GatewayInfoPolicy, GatewayInfoState,
    error::{GatewayInfoError, GatewayInfoErrorKind},
};
use std::{
    collections::BTreeMap,
    error::Error as _,
    sync::{Arc, Mutex},
    time::Duration,
};
use twilight_model::gateway::payload::outgoing::RequestGuildMembers;

const SHARDS: u32 = 16;

#[tokio::test]
async fn auto_scheme_runs_the_recommended_shards() {
    let emulator = emulator(SHARDS, |emulator| emulator).await;
    // With the default queue, which takes its limits from the response.
    let (cluster, mut events) = Cluster::builder(
        DEFAULT_TOKEN.to_owned(),
        Intents::GUILDS | Intents::GUILD_MEMBERS,
    )
    .gateway_url(emulator.url())
    .api_url(emulator.rest_url())
    .build()
    .await
    .unwrap();
    let scheme = ShardScheme::try_from((.., SHARDS)).unwrap();
    assert_eq!(cluster.config().shard_scheme(), Some(&scheme));
    assert_eq!(cluster.shards().len(), SHARDS as usize);
    assert_eq!(cluster.up().await, StartOutcome::Started);

    let mut guilds = BTreeMap::<u32, u32>::new();
    in_time("all guilds arrive", async {
        while guilds.values().sum::<u32>() < 3 * SHARDS {
            let (shard, event) = events.next().await.expect("the stream has not ended");
            if let Event::GuildCreate(guild) = event {
                assert_eq!((guild.id().get() >> 22) % 16, u64::from(shard.number()));
                *guilds.entry(shard.number()).or_default() += 1;
            }
        }
    })
    .await;
    assert_eq!(guilds.len(), SHARDS as usize);
    for (number, info) in cluster.info() {
        assert_eq!((info.id().number(), info.health()), (number, Health::Up));
        let sessions = emulator.sessions();
        let session = sessions
            .iter()
            .find(|session| session.shard == [number, SHARDS]);
        let session = session.expect("each shard has a session");
        assert_eq!(info.session_id(), Some(&*session.id));
        assert_eq!(info.seq(), session.sequence);
    }

    let guild = emulator.guild_ids()[7];
    let owner = (guild.get() >> 22) % 16;
    let command = RequestGuildMembers::builder(guild).query("", Some(5));
    cluster.command(owner, &command).await.unwrap();
    in_time("the answer", async {
        loop {
            let (shard, event) = events.next().await.expect("the stream has not ended");
            if let Event::MemberChunk(chunk) = event {
                assert_eq!((chunk.guild_id, u64::from(shard.number())), (guild, owner));
                break;
            }
        }
    })
    .await;

    cluster.down();
    in_time("the end", async { while events.next().await.is_some() {} }).await;
    let ended = |stats: &gloaming_emulator::Stats| stats.sessions == 0;
    let stats = in_time("the sessions end", emulator.wait_until(ended)).await;
    assert_eq!(stats.sessions_started, u64::from(SHARDS));
    assert_eq!(emulator.violations(), []);
    assert_eq!(cluster.up().await, StartOutcome::AlreadyStarted);
}

#[tokio::test]
async fn refused_request_is_an_error_without_the_token() {
    let emulator = emulator(1, |emulator| emulator).await;
    let builder = Cluster::builder("another.bot.token".to_owned(), Intents::GUILDS)
        .gateway_url(emulator.url())
        .api_url(emulator.rest_url());
    let built = in_time("the error", builder.build()).await;
    let error = built.unwrap_err();
    assert_eq!(error.kind(), ClusterStartErrorKind::AutoSharding);
    assert!(!format!("{error:?} {error}").contains("another.bot.token"));
    assert!(
        error.to_string().contains("the token is not valid"),
        "{error}"
    );
    let source = error.source().unwrap().downcast_ref::<GatewayInfoError>();
    assert_eq!(source.unwrap().kind(), GatewayInfoErrorKind::Token);
}

/// Nothing listens at the API URL.
#[tokio::test]
async fn deadline_and_states_are_those_of_the_builder() {
    let states = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&states);
    let mut policy = GatewayInfoPolicy::default();
    policy.deadline = Duration::from_millis(10);
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let nobody = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let builder = Cluster::builder("token".to_owned(), Intents::GUILDS)
        .api_url(nobody)
        .gateway_info(policy)
        .on_auto_state(move |state| seen.lock().unwrap().push(*state));
    let error = in_time("the error", builder.build()).await.unwrap_err();
    let source = error.source().unwrap().downcast_ref::<GatewayInfoError>();
    assert_eq!(source.unwrap().kind(), GatewayInfoErrorKind::Unreachable);
    let states = states.lock().unwrap();
    assert_eq!(*states, [GatewayInfoState::Requesting { attempt: 1 }]);
}

#[cfg(feature = "twilight-http")]
#[tokio::test]
async fn client_of_the_builder_is_used() {
    let emulator = emulator(3, |emulator| emulator).await;
    let proxy = emulator.rest_url().trim_start_matches("http://").to_owned();
    let client = twilight_http::Client::builder()
        .token(DEFAULT_TOKEN.to_owned())
        .proxy(proxy, true)
        .build();
    let builder = Cluster::builder(DEFAULT_TOKEN.to_owned(), Intents::GUILDS)
        .gateway_url(emulator.url())
        .http_client(client);
    let (cluster, _events) = in_time("the cluster", builder.build()).await.unwrap();
    assert_eq!(cluster.shards().len(), 3);
}
