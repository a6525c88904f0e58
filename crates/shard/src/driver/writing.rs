//! From the machine's hand into the transport's.

use super::{
    core::{Core, Progress},
    link::{Handed, Wrote},
};
use crate::machine::{Input, SendKind};
use std::task::{Context, Poll};

/// Whether the transport takes what is written, as the machine was told.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Writer {
    Ready,
    Blocked,
}

impl Core {
    /// Writes a frame, or flushes; tells the machine when nothing more is taken, and when it is again.
    pub(super) fn write(&mut self, cx: &mut Context<'_>) -> Progress {
        match self.link.poll_write(cx) {
            Poll::Ready(Ok(Wrote::Nothing)) => Progress::None,
            Poll::Ready(Ok(Wrote::Frame(handed))) => {
                self.handed(handed);
                Progress::Some
            }
            Poll::Ready(Ok(Wrote::All)) if self.writer == Writer::Blocked => {
                self.writer = Writer::Ready;
                self.feed(cx, Input::WriteReady);
                Progress::Some
            }
            Poll::Pending if self.writer == Writer::Ready => {
                self.writer = Writer::Blocked;
                self.feed(cx, Input::WriteBlocked);
                Progress::Some
            }
            Poll::Ready(Ok(Wrote::All)) | Poll::Pending => Progress::None,
            Poll::Ready(Err(error)) => {
                self.lose(cx, error);
                Progress::Some
            }
        }
    }

    /// Hands what the machine has just sent to the transport; the machine must know before it hands
    /// out more if there is no room left.
    pub(super) fn hand_over(&mut self, cx: &mut Context<'_>) {
        loop {
            match self.link.poll_room(cx) {
                Poll::Ready(Some(handed)) => self.handed(handed),
                Poll::Ready(None) => return,
                Poll::Pending => break,
            }
        }
        self.writer = Writer::Blocked;
        self.machine.handle_input(self.now, Input::WriteBlocked);
    }

    fn handed(&mut self, handed: Handed) {
        if let Handed::Message { kind, bytes } = handed {
            self.metrics.payload_sent(kind, bytes);
            if kind == SendKind::Identify {
                self.permit.spend();
            }
        }
    }
}
