//! Configurations written for twilight-gateway 0.18 compile after a change of the crate's name.

use gloaming_queue::InMemoryQueue;
use gloaming_shard::{Config, ConfigBuilder, Intents, Session, Shard, ShardId};
use std::time::Duration;
use twilight_model::gateway::{
    payload::outgoing::{identify::IdentifyProperties, update_presence::UpdatePresencePayload},
    presence::{ActivityType, MinimalActivity, Status},
};

fn presence() -> UpdatePresencePayload {
    let activity = MinimalActivity {
        kind: ActivityType::Playing,
        name: "Not accepting commands".into(),
        url: None,
    };
    UpdatePresencePayload::new(vec![activity.into()], false, None, Status::Idle).unwrap()
}

#[tokio::test]
async fn builder_methods_compile() {
    let config = ConfigBuilder::new("token".to_owned(), Intents::GUILDS)
        .identify_properties(IdentifyProperties::new("bot", "bot", "linux"))
        .large_threshold(100)
        .presence(presence())
        .proxy_url("ws://127.0.0.1:7878".to_owned())
        .queue(InMemoryQueue::new(1, 1000, Duration::ZERO, 1000))
        .ratelimit_messages(false)
        .resume_url("ws://127.0.0.1:7879".to_owned())
        .session(Session::new(42, "id".to_owned()))
        .build();

    assert_eq!(config.identify_properties().unwrap().os, "linux");
    assert_eq!(config.intents(), Intents::GUILDS);
    assert_eq!(config.large_threshold(), 100);
    assert_eq!(config.presence(), Some(&presence()));
    assert_eq!(config.proxy_url(), Some("ws://127.0.0.1:7878"));
    assert!(!config.ratelimit_messages());
    assert!(config.validate().is_ok());

    let rebuilt = ConfigBuilder::from(config.clone())
        .large_threshold(250)
        .build();
    assert_eq!(rebuilt.large_threshold(), 250);
    assert_eq!(rebuilt.token(), config.token());

    let shard = Shard::with_config(ShardId::ONE, config);
    assert_eq!(shard.session().unwrap().sequence(), 42);
    assert_eq!(shard.resume_url(), Some("ws://127.0.0.1:7879"));
}

#[tokio::test]
async fn default_configuration_compiles() {
    let config = Config::new("Bot token".to_owned(), Intents::empty());
    assert_eq!(config.token(), "token");
    assert_eq!(config.large_threshold(), 50);
    assert_eq!(config.presence(), None);
    assert_eq!(config.proxy_url(), None);
    assert!(config.ratelimit_messages());
    assert!(config.validate().is_ok());
}

#[test]
fn configurations_need_no_runtime() {
    // Configurations are often created in a static initializer, or before the runtime.
    assert!(
        Config::new("token".to_owned(), Intents::empty())
            .validate()
            .is_ok()
    );
}
