//! Checks of [`Commands`].

use super::shard;
use crate::{
    commands::{
        CommandReply, CommandRequest, CommandRequestId, CommandRequests, CommandStatus, Commands,
        IncomingCommand,
    },
    error::{CoordinatorError, CoordinatorErrorKind},
    fence::Fence,
};
use bytes::Bytes;
use gloaming_protocol::ShardId;
use gloaming_queue::BoxFuture;
use std::{
    future::poll_fn,
    num::NonZeroU32,
    pin::{Pin, pin},
    task::Poll,
};

/// An engine for commands under test, which nothing else uses.
pub trait TestedCommands {
    /// The connection of one node or worker.
    type Connection: Commands;

    /// Makes a connection for one node or worker.
    fn connect(&self) -> Self::Connection;
}

/// Checks an engine for commands. `make` makes one that nobody has used. A request whose owner does not reply has to fail
/// within some seconds.
///
/// # Panics
///
/// If the engine does not do what [`Commands`] says. The message says what.
pub async fn check_commands<E: TestedCommands>(make: impl AsyncFn() -> E) {
    reply_reaches_the_one_who_asked(&make().await).await;
    request_for_a_shard_that_nobody_serves_has_no_owner(&make().await).await;
    only_the_owner_replies(&make().await).await;
    request_without_a_reply_fails(&make().await).await;
    requests_before_the_close_are_taken(&make().await).await;
}

const PAYLOAD: &str = r#"{"op":31,"d":{"guild_ids":["7"]}}"#;

fn request(id: &str, shard: ShardId, payload: &str) -> CommandRequest {
    CommandRequest {
        id: CommandRequestId::new(id).expect("it is an id"),
        shard,
        payload: Bytes::copy_from_slice(payload.as_bytes()),
    }
}

fn reply(status: CommandStatus) -> CommandReply {
    CommandReply {
        status,
        fence: Fence::new(u64::MAX),
    }
}

async fn serve(connection: &impl Commands, number: u32) -> Box<dyn CommandRequests> {
    let serving = connection.serve(shard(number)).await;
    serving.expect("a shard can be served")
}

async fn next(requests: &mut Box<dyn CommandRequests>) -> IncomingCommand {
    let next = requests.next().await.expect("requests arrive");
    next.expect("it was not closed")
}

type Reply = Result<CommandReply, CoordinatorError>;

/// Runs a request and what answers it at the same time, and returns the reply.
async fn both(asking: BoxFuture<'_, Reply>, answering: impl Future<Output = ()>) -> Reply {
    let (mut asking, mut answering) = (Some(asking), pin!(answering));
    let (mut reply, mut is_answered) = (None, false);
    poll_fn(move |context| {
        if let Some(future) = &mut asking
            && let Poll::Ready(replied) = future.as_mut().poll(context)
        {
            (asking, reply) = (None, Some(replied));
        }
        if !is_answered {
            is_answered = Pin::new(&mut answering).poll(context).is_ready();
        }
        match is_answered {
            true => reply.take().map_or(Poll::Pending, Poll::Ready),
            false => Poll::Pending,
        }
    })
    .await
}

async fn reply_reaches_the_one_who_asked(engine: &impl TestedCommands) {
    let (owner, worker) = (engine.connect(), engine.connect());
    let mut requests = serve(&owner, 3).await;
    let other = serve(&owner, 4).await;
    let long = format!(
        r#"{{"op":31,"d":{{"guild_ids":["{}"]}}}}"#,
        "ä".repeat(2_000)
    );
    let total = NonZeroU32::new(32).expect("it is not 0");
    let detail = "a \"text\" with ä 🌒\r\nand two lines".to_owned();
    for (id, payload, status) in [
        ("1", PAYLOAD, CommandStatus::Sent),
        ("~!{}:\"", "", CommandStatus::Invalid { detail }),
        ("3", &long, CommandStatus::OtherTotal { total }),
        ("4", "null", CommandStatus::Full),
        ("5", "null", CommandStatus::Expired),
        ("6", "null", CommandStatus::SessionReplaced),
        ("7", "null", CommandStatus::Superseded),
        ("8", "null", CommandStatus::Closed),
        ("9", "null", CommandStatus::NoOwner),
    ] {
        // A worker may believe that there are more shards than there are.
        let asked = request(id, ShardId::new(3, 64), payload);
        let answering = async {
            let incoming = next(&mut requests).await;
            assert_eq!(*incoming.request(), asked, "as it was sent");
            incoming.reply(reply(status.clone())).await;
        };
        let replied = both(worker.request(asked.clone()), answering).await;
        assert_eq!(replied.expect("a reply"), reply(status));
    }
    drop(other);
}

async fn request_for_a_shard_that_nobody_serves_has_no_owner(engine: &impl TestedCommands) {
    let (owner, worker) = (engine.connect(), engine.connect());
    let ask = || worker.request(request("1", shard(3), PAYLOAD));
    assert_eq!(ask().await.expect("at once"), CommandReply::NO_OWNER);
    let _other = serve(&owner, 4).await;
    assert_eq!(ask().await.expect("at once"), CommandReply::NO_OWNER);
    let mut requests = serve(&owner, 3).await;
    let replied = both(ask(), async {
        next(&mut requests)
            .await
            .reply(reply(CommandStatus::Sent))
            .await;
    });
    assert_eq!(replied.await.expect("a reply").status, CommandStatus::Sent);
    requests.close().await;
    assert_eq!(ask().await.expect("at once"), CommandReply::NO_OWNER);
}

async fn only_the_owner_replies(engine: &impl TestedCommands) {
    let (old, new, worker) = (engine.connect(), engine.connect(), engine.connect());
    let mut of_old = serve(&old, 3).await;
    let mut of_new = serve(&new, 3).await;
    let answering = async {
        // The node whose lease is in doubt.
        drop(next(&mut of_old).await);
        next(&mut of_new)
            .await
            .reply(reply(CommandStatus::Sent))
            .await;
    };
    let replied = both(worker.request(request("1", shard(3), PAYLOAD)), answering).await;
    assert_eq!(replied.expect("a reply"), reply(CommandStatus::Sent));
}

async fn request_without_a_reply_fails(engine: &impl TestedCommands) {
    let (owner, worker) = (engine.connect(), engine.connect());
    let mut requests = serve(&owner, 3).await;
    let answering = async { drop(next(&mut requests).await) };
    let asking = worker.request(request("1", shard(3), PAYLOAD));
    let error = both(asking, answering).await.expect_err("nobody replied");
    let kind = error.kind();
    assert_eq!(kind, CoordinatorErrorKind::Unreachable, "it is not known");
}

async fn requests_before_the_close_are_taken(engine: &impl TestedCommands) {
    let (owner, worker) = (engine.connect(), engine.connect());
    let mut requests = serve(&owner, 3).await;
    let (first, second) = (
        worker.request(request("1", shard(3), PAYLOAD)),
        worker.request(request("2", shard(3), PAYLOAD)),
    );
    let answering = async {
        // Both were asked before the first arrives.
        let arrived = [next(&mut requests).await, next(&mut requests).await];
        requests.close().await;
        for incoming in arrived {
            let status = match incoming.request().id.as_str() {
                "1" => CommandStatus::Sent,
                _ => CommandStatus::Closed,
            };
            incoming.reply(reply(status)).await;
        }
        let end = requests.next().await.expect("an end");
        assert!(end.is_none(), "there is no other one: {end:?}");
    };
    let asking = Box::pin(async move {
        let (first, second) = two(first, second).await;
        assert_eq!(second?.status, CommandStatus::Closed);
        first
    });
    let replied = both(asking, answering).await.expect("a reply");
    assert_eq!(replied.status, CommandStatus::Sent);
}

/// Runs two requests at the same time.
async fn two(first: BoxFuture<'_, Reply>, second: BoxFuture<'_, Reply>) -> (Reply, Reply) {
    let mut futures = [Some(first), Some(second)];
    let mut replies = [None, None];
    poll_fn(|context| {
        for (future, reply) in futures.iter_mut().zip(&mut replies) {
            if let Some(pending) = future
                && let Poll::Ready(replied) = pending.as_mut().poll(context)
            {
                (*future, *reply) = (None, Some(replied));
            }
        }
        match &mut replies {
            [first @ Some(_), second @ Some(_)] => {
                Poll::Ready(first.take().zip(second.take()).expect("both are there"))
            }
            _ => Poll::Pending,
        }
    })
    .await
}
