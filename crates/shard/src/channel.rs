//! The channel from senders in any task to a shard: commands, and signals to close or reconnect.

mod receiver;
mod sender;

pub(crate) use self::receiver::CommandReceiver;
pub use self::sender::{MessageSender, PendingCommand};

use crate::{
    inbox::inbox,
    machine::{CommandId, CommandOutcome},
    requests::RequestClient,
};
use gloaming_protocol::CloseFrame;
use std::collections::HashMap;
use tokio::sync::oneshot;

/// A command in the channel.
#[derive(Debug)]
struct QueuedCommand {
    json: String,
    resolve: oneshot::Sender<CommandOutcome>,
}

/// A signal that overtakes commands.
#[derive(Debug)]
pub(crate) enum ControlSignal {
    Close(CloseFrame<'static>),
    Reconnect,
    NewSession,
}

/// What a sender sent to the shard.
#[derive(Debug)]
pub(crate) enum SenderInput {
    Command { id: CommandId, json: String },
    Control(ControlSignal),
}

/// Whether the state machine's queue has space for another command.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum QueueSpace {
    Available,
    Full,
}

/// Whether a command's outcome was received by its sender.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum OutcomeObserver {
    Notified,
    Absent,
}

/// Creates a channel for at most `bound` commands (at least one).
pub(crate) fn channel(bound: usize, requests: RequestClient) -> (MessageSender, CommandReceiver) {
    let (commands, received_commands) = inbox(bound);
    let (control, received_control) = inbox(CONTROL_CAPACITY);
    let receiver = CommandReceiver {
        commands: received_commands,
        control: received_control,
        waiting: HashMap::new(),
        next_id: 0,
    };
    let sender = MessageSender {
        commands,
        control,
        requests,
    };
    (sender, receiver)
}

/// The number of buffered signals. Repeated signals have no further effect.
const CONTROL_CAPACITY: usize = 4;

#[cfg(test)]
mod tests {
    use super::{ControlSignal, OutcomeObserver, QueueSpace, SenderInput, channel};
    use crate::{error::SendErrorKind, machine::CommandOutcome, requests::RequestClient};
    use gloaming_protocol::CloseFrame;
    use std::{
        future::poll_fn,
        task::{Context, Poll, Waker},
    };

    #[tokio::test]
    async fn a_command_resolves_with_its_outcome() {
        let (sender, mut receiver) = channel(4, RequestClient::closed());
        let pending = sender.submit("{}".to_owned()).unwrap();
        let SenderInput::Command { id, json } =
            poll_fn(|cx| receiver.poll_next(cx, QueueSpace::Available)).await
        else {
            panic!("a command was queued");
        };
        assert_eq!(json, "{}");
        assert_eq!(
            receiver.resolve(id, CommandOutcome::Sent),
            OutcomeObserver::Notified
        );
        assert_eq!(
            receiver.resolve(id, CommandOutcome::Expired),
            OutcomeObserver::Absent
        );
        assert_eq!(pending.await, CommandOutcome::Sent);
    }

    #[tokio::test]
    async fn dropping_the_shard_resolves_waiting_commands() {
        let (sender, receiver) = channel(4, RequestClient::closed());
        let pending = sender.submit("{}".to_owned()).unwrap();
        drop(receiver);
        assert_eq!(pending.await, CommandOutcome::Closed);
        assert!(sender.is_closed());
        let error = sender.send("{}".to_owned()).unwrap_err();
        assert_eq!(error.kind(), &SendErrorKind::Closed);
    }

    #[tokio::test]
    async fn closing_resolves_queued_and_waiting_commands() {
        let (sender, mut receiver) = channel(4, RequestClient::closed());
        let taken = sender.submit("{}".to_owned()).unwrap();
        poll_fn(|cx| receiver.poll_next(cx, QueueSpace::Available)).await;
        let queued = sender.submit("{}".to_owned()).unwrap();
        assert_eq!(receiver.close(CommandOutcome::Closed), 2);
        assert_eq!(taken.await, CommandOutcome::Closed);
        assert_eq!(queued.await, CommandOutcome::Closed);
    }

    #[test]
    fn the_queue_is_bounded() {
        let (sender, _receiver) = channel(2, RequestClient::closed());
        for _ in 0..2 {
            sender.send("{}".to_owned()).unwrap();
        }
        let error = sender.send("{}".to_owned()).unwrap_err();
        assert_eq!(error.kind(), &SendErrorKind::Full);
    }

    #[tokio::test]
    async fn a_full_queue_accepts_the_signal_to_close() {
        let (sender, mut receiver) = channel(1, RequestClient::closed());
        sender.send("{}".to_owned()).unwrap();
        sender.close(CloseFrame::NORMAL).unwrap();
        let first = poll_fn(|cx| receiver.poll_next(cx, QueueSpace::Available)).await;
        assert!(
            matches!(first, SenderInput::Control(ControlSignal::Close(_))),
            "{first:?}"
        );
    }

    #[test]
    fn an_oversized_command_is_rejected_before_it_is_queued() {
        let (sender, mut receiver) = channel(2, RequestClient::closed());
        let error = sender.send("a".repeat(4_097)).unwrap_err();
        assert_eq!(error.kind(), &SendErrorKind::Invalid);
        let mut cx = Context::from_waker(Waker::noop());
        assert!(matches!(
            receiver.poll_next(&mut cx, QueueSpace::Available),
            Poll::Pending
        ));
    }

    #[test]
    fn signals_overtake_commands_while_the_queue_is_full() {
        let (sender, mut receiver) = channel(1, RequestClient::closed());
        let mut cx = Context::from_waker(Waker::noop());
        sender.send("{}".to_owned()).unwrap();
        assert!(receiver.poll_next(&mut cx, QueueSpace::Full).is_pending());
        let error = sender.send("{}".to_owned()).unwrap_err();
        assert_eq!(error.kind(), &SendErrorKind::Full);
        sender.reconnect().unwrap();
        assert!(receiver.poll_next(&mut cx, QueueSpace::Full).is_ready());
        assert!(
            receiver
                .poll_next(&mut cx, QueueSpace::Available)
                .is_ready()
        );
    }

    #[test]
    fn an_unsendable_close_code_is_rejected() {
        let (sender, _receiver) = channel(1, RequestClient::closed());
        for code in [0, 999, 1005, 1006, 1015, 2999, 5000] {
            let error = sender.close(CloseFrame::new(code, "")).unwrap_err();
            let expected = SendErrorKind::UnsendableCloseCode(code);
            assert_eq!(error.kind(), &expected);
        }
        for code in [1000, 1001, 3000, 4000, 4999] {
            let (sender, _receiver) = channel(1, RequestClient::closed());
            sender.close(CloseFrame::new(code, "")).unwrap();
        }
    }
}
