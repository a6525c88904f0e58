//! Commands of a coordinator in memory.

use super::{Shared, command_log::Taken, connection::MemoryConnection};
use crate::{
    commands::{CommandReply, CommandRequest, CommandRequests, Commands, IncomingCommand},
    error::{CoordinatorError, CoordinatorErrorKind},
};
use gloaming_protocol::ShardId;
use gloaming_queue::BoxFuture;
use std::{
    future::{poll_fn, ready},
    sync::{Arc, Mutex, PoisonError},
    task::{Poll, Waker},
};

impl Commands for MemoryConnection {
    fn serve(
        &self,
        shard: ShardId,
    ) -> BoxFuture<'_, Result<Box<dyn CommandRequests>, CoordinatorError>> {
        let number = self.call(move |engine, _| engine.commands.serve(shard));
        Box::pin(async move {
            let requests: Box<dyn CommandRequests> = Box::new(MemoryRequests {
                connection: self.clone(),
                number: number.await?,
            });
            Ok(requests)
        })
    }

    fn request(
        &self,
        request: CommandRequest,
    ) -> BoxFuture<'_, Result<CommandReply, CoordinatorError>> {
        Box::pin(async move {
            let answer = Arc::new(Answer::default());
            let asking = self.call(|engine, _| {
                let asked = engine.commands.request(request.shard.number(), || {
                    let sender = answer.sender();
                    IncomingCommand::new(request.clone(), move |reply| {
                        sender.send(reply);
                        Box::pin(ready(()))
                    })
                });
                engine.wake();
                asked
            });
            match asking.await? {
                0 => Ok(CommandReply::NO_OWNER),
                _ => answer.wait().await,
            }
        })
    }
}

/// Where the reply to a request goes.
#[derive(Debug, Default)]
struct Answer(Mutex<AnswerState>);

#[derive(Debug, Default)]
struct AnswerState {
    reply: Option<CommandReply>,
    /// How many may still reply.
    senders: usize,
    waiting: Option<Waker>,
}

impl Answer {
    fn sender(self: &Arc<Self>) -> AnswerSender {
        self.change(|state| state.senders += 1);
        AnswerSender(Arc::clone(self))
    }

    /// Waits for the first reply, or until none can come.
    async fn wait(&self) -> Result<CommandReply, CoordinatorError> {
        poll_fn(|context| {
            let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            match (&state.reply, state.senders) {
                (Some(reply), _) => return Poll::Ready(Ok(reply.clone())),
                (None, 0) => return Poll::Ready(Err(CoordinatorErrorKind::Unreachable.into())),
                (None, _) => {}
            }
            state.waiting = Some(context.waker().clone());
            Poll::Pending
        })
        .await
    }

    fn change(&self, change: impl FnOnce(&mut AnswerState)) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut state);
        let waiting = state.waiting.take();
        drop(state);
        if let Some(waker) = waiting {
            waker.wake();
        }
    }
}

/// The right to reply.
struct AnswerSender(Arc<Answer>);

impl AnswerSender {
    fn send(&self, reply: CommandReply) {
        self.0.change(|state| _ = state.reply.get_or_insert(reply));
    }
}

impl Drop for AnswerSender {
    fn drop(&mut self) {
        self.0.change(|state| state.senders -= 1);
    }
}

/// The requests for a shard.
#[derive(Debug)]
struct MemoryRequests {
    connection: MemoryConnection,
    number: u64,
}

impl CommandRequests for MemoryRequests {
    fn next(&mut self) -> BoxFuture<'_, Result<Option<IncomingCommand>, CoordinatorError>> {
        Box::pin(poll_fn(|context| {
            let shared: &Shared = self.connection.shared();
            let mut engine = shared.engine();
            match self.connection.is_cut(&engine) {
                true => {}
                false => match engine.commands.take(self.number) {
                    Taken::Request(request) => return Poll::Ready(Ok(Some(request))),
                    Taken::End => return Poll::Ready(Ok(None)),
                    Taken::Nothing => {}
                },
            }
            engine.wait(context.waker());
            Poll::Pending
        }))
    }

    fn close(&mut self) -> BoxFuture<'_, ()> {
        let mut engine = self.connection.shared().engine();
        engine.commands.close(self.number);
        engine.wake();
        Box::pin(ready(()))
    }
}

impl Drop for MemoryRequests {
    fn drop(&mut self) {
        let dropped = self
            .connection
            .shared()
            .engine()
            .commands
            .remove(self.number);
        // Without the lock, since those who asked are woken.
        drop(dropped);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        conformance::{self, TestedCommands},
        memory::MemoryCoordinator,
    };
    use std::{pin::pin, task::Context};

    impl TestedCommands for MemoryCoordinator {
        type Connection = MemoryConnection;

        fn connect(&self) -> MemoryConnection {
            Self::connect(self)
        }
    }

    #[test]
    fn commands_in_memory_conform() {
        let mut checking = pin!(conformance::check_commands(async || {
            MemoryCoordinator::with_set_clock(conformance::SETTINGS)
        }));
        let mut context = Context::from_waker(Waker::noop());
        let is_ready = (0..10_000).any(|_| checking.as_mut().poll(&mut context).is_ready());
        assert!(is_ready, "a future waits for nothing");
    }
}
