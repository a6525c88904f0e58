//! Commands that come from other processes, with a counter of what became of them.

use gloaming_coordinator::{
    CommandReply, CommandRequest, CommandRequests, Commands, CoordinatorError, IncomingCommand,
};
use gloaming_protocol::ShardId;
use gloaming_queue::BoxFuture;

/// Counts the replies of this node.
#[derive(Debug)]
pub(crate) struct CountedCommands<T>(pub(crate) T);

impl<T: Commands> Commands for CountedCommands<T> {
    fn serve(
        &self,
        shard: ShardId,
    ) -> BoxFuture<'_, Result<Box<dyn CommandRequests>, CoordinatorError>> {
        Box::pin(async move {
            let requests: Box<dyn CommandRequests> =
                Box::new(CountedRequests(self.0.serve(shard).await?));
            Ok(requests)
        })
    }

    fn request(
        &self,
        request: CommandRequest,
    ) -> BoxFuture<'_, Result<CommandReply, CoordinatorError>> {
        self.0.request(request)
    }
}

#[derive(Debug)]
struct CountedRequests(Box<dyn CommandRequests>);

impl CommandRequests for CountedRequests {
    fn next(&mut self) -> BoxFuture<'_, Result<Option<IncomingCommand>, CoordinatorError>> {
        Box::pin(async move { Ok(self.0.next().await?.map(counted)) })
    }

    fn close(&mut self) -> BoxFuture<'_, ()> {
        self.0.close()
    }
}

fn counted(incoming: IncomingCommand) -> IncomingCommand {
    let request = incoming.request().clone();
    IncomingCommand::new(request, |reply| {
        let status = reply.status.name();
        metrics::counter!("gloaming_node_commands_total", "status" => status).increment(1);
        Box::pin(incoming.reply(reply))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use gloaming_coordinator::{CommandRequestId, CommandStatus, Fence, MemoryCoordinator};
    use gloaming_queue::QueueSettings;

    #[tokio::test]
    async fn replies_pass_through() {
        let engine = MemoryCoordinator::new(QueueSettings::default());
        let commands = CountedCommands(engine.connect());
        let mut requests = commands.serve(ShardId::ONE).await.unwrap();
        let request = CommandRequest {
            id: CommandRequestId::new("1").unwrap(),
            shard: ShardId::ONE,
            payload: "{}".into(),
        };
        let (status, fence) = (CommandStatus::Sent, Fence::new(7));
        let expected = CommandReply { status, fence };
        let owner = async {
            let incoming = requests.next().await.unwrap().unwrap();
            assert_eq!(*incoming.request(), request);
            incoming.reply(expected.clone()).await;
        };
        let (replied, ()) = tokio::join!(commands.request(request.clone()), owner);
        assert_eq!(replied.unwrap(), expected);
        requests.close().await;
        assert!(requests.next().await.unwrap().is_none());
    }
}
