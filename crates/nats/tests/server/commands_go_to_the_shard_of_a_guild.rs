use crate::harness::{config, connect};
use gloaming_coordinator::{
    CommandReply, CommandRequests, CommandStatus, Commands, Fence, IncomingCommand,
};
use gloaming_nats::{CommandSender, NatsCommands, NatsErrorKind};
use gloaming_protocol::{RequestSoundboardSounds, ShardId};
use gloaming_test_support::nats::NatsServer;
use std::{num::NonZeroU32, time::Duration};
use twilight_model::id::{Id, marker::GuildMarker};

/// Shard 2 of 16, and shard 6 of 7.
const GUILD: Id<GuildMarker> = Id::new(197_038_439_483_310_086);

async fn serve(server: &NatsServer, shard: ShardId) -> Box<dyn CommandRequests> {
    let commands = NatsCommands::connect(&config(server, "bot")).await.unwrap();
    commands.serve(shard).await.unwrap()
}

async fn next(requests: &mut Box<dyn CommandRequests>) -> IncomingCommand {
    requests.next().await.unwrap().unwrap()
}

const fn reply(status: CommandStatus) -> CommandReply {
    CommandReply {
        status,
        fence: Fence::new(7),
    }
}

#[tokio::test]
async fn number_of_shards_is_what_the_nodes_have_agreed_on() {
    let server = NatsServer::start();
    let sender = CommandSender::connect(&config(&server, "bot")).await;
    let sender = sender.unwrap();
    let command = RequestSoundboardSounds::new([GUILD]).unwrap();
    let error = sender.send(GUILD, &command).await.unwrap_err();
    assert_eq!(error.kind(), NatsErrorKind::NoShards, "{error}");

    let engine = connect(&server, "bot").await;
    let agreement = br#"{"shards":16,"max_concurrency":1}"#;
    engine.agree(agreement.as_slice()).await.unwrap();
    let nobody = sender.send(GUILD, &command).await.unwrap();
    assert_eq!(nobody, CommandReply::NO_OWNER);

    let mut requests = serve(&server, ShardId::new(2, 16)).await;
    let owner = tokio::spawn(async move {
        let incoming = next(&mut requests).await;
        let expected = format!(r#"{{"op":31,"d":{{"guild_ids":["{GUILD}"]}}}}"#);
        assert_eq!(incoming.request().payload, expected);
        incoming.reply(reply(CommandStatus::Sent)).await;
    });
    let replied = sender.send(GUILD, &command).await.unwrap();
    assert_eq!(replied, reply(CommandStatus::Sent));
    owner.await.unwrap();
}

#[tokio::test]
async fn sender_follows_another_number_of_shards_that_it_was_not_told() {
    let server = NatsServer::start();
    let engine = connect(&server, "bot").await;
    engine.agree(br#"{"shards":16}"#.as_slice()).await.unwrap();
    let sender = CommandSender::connect(&config(&server, "bot")).await;
    let sender = sender.unwrap();
    assert_eq!(sender.shards().await.unwrap().get(), 16);

    // The nodes were started anew, with 7 shards.
    let total = NonZeroU32::new(7).unwrap();
    let mut of_two = serve(&server, ShardId::new(2, 7)).await;
    let mut of_six = serve(&server, ShardId::new(6, 7)).await;
    let owner = tokio::spawn(async move {
        let routed_by_16 = next(&mut of_two).await;
        assert_eq!(routed_by_16.request().shard, ShardId::new(2, 16));
        let other = CommandStatus::OtherTotal { total };
        routed_by_16.reply(reply(other)).await;
        let routed_by_7 = next(&mut of_six).await;
        assert_eq!(routed_by_7.request().shard, ShardId::new(6, 7));
        routed_by_7.reply(reply(CommandStatus::Sent)).await;
        let fixed = next(&mut of_two).await;
        let other = CommandStatus::OtherTotal { total };
        fixed.reply(reply(other)).await;
    });
    let command = RequestSoundboardSounds::new([GUILD]).unwrap();
    let replied = sender.send(GUILD, &command).await.unwrap();
    assert_eq!(replied, reply(CommandStatus::Sent));
    assert_eq!(sender.shards().await.unwrap(), total);

    let told = sender.with_shards(NonZeroU32::new(16).unwrap());
    let replied = told.send(GUILD, &command).await.unwrap();
    assert_eq!(replied, reply(CommandStatus::OtherTotal { total }));
    owner.await.unwrap();
}

#[tokio::test]
async fn command_whose_owner_dies_has_an_unknown_outcome() {
    let server = NatsServer::start();
    let sender = CommandSender::connect(&config(&server, "bot")).await;
    let sender = sender
        .unwrap()
        .with_shards(NonZeroU32::new(16).unwrap())
        .with_timeout(Duration::from_secs(2));
    let mut requests = serve(&server, ShardId::new(3, 16)).await;
    let owner = tokio::spawn(async move {
        // With its connection, after it has taken the request.
        _ = next(&mut requests).await;
    });
    let payload = r#"{"op":31,"d":{"guild_ids":["7"]}}"#;
    let sent = sender.send_payload(3, sender.new_id(), payload).await;
    let error = sent.unwrap_err();
    assert_eq!(error.kind(), NatsErrorKind::OutcomeUnknown, "{error}");
    owner.await.unwrap();
    // The server notices the end of the connection by itself.
    loop {
        match sender.send_payload(3, sender.new_id(), payload).await {
            Ok(reply) => break assert_eq!(reply, CommandReply::NO_OWNER),
            Err(error) => assert_eq!(error.kind(), NatsErrorKind::OutcomeUnknown, "{error}"),
        }
    }
}
