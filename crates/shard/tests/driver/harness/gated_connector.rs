//! A transport in memory that a test can block.

use gloaming_queue::BoxFuture;
use gloaming_shard::transport::{
    Connect, ConnectError, Inbound, MemoryConnector, Outbound, Transport, TransportError,
};
use std::{
    sync::{Arc, Mutex},
    task::{Context, Poll, Waker},
};

/// While the gate is closed, transports accept no frames from the shard.
#[derive(Clone, Debug, Default)]
pub(crate) struct SendGate(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    flow: Flow,
    waiting: Vec<Waker>,
}

#[derive(Debug, Default, PartialEq)]
enum Flow {
    #[default]
    Open,
    Blocked,
}

impl SendGate {
    pub(crate) fn close(&self) {
        self.0.lock().unwrap().flow = Flow::Blocked;
    }

    pub(crate) fn open(&self) {
        let mut state = self.0.lock().unwrap();
        state.flow = Flow::Open;
        state.waiting.drain(..).for_each(Waker::wake);
    }

    /// Creates a connector whose transports this gate controls.
    pub(crate) fn before(&self, inner: MemoryConnector) -> GatedConnector {
        GatedConnector {
            inner,
            gate: self.clone(),
        }
    }
}

#[derive(Debug)]
pub(crate) struct GatedConnector {
    inner: MemoryConnector,
    gate: SendGate,
}

impl Connect for GatedConnector {
    fn connect(&self, url: &str) -> BoxFuture<'static, Result<Box<dyn Transport>, ConnectError>> {
        let connecting = self.inner.connect(url);
        let gate = self.gate.clone();
        Box::pin(async move {
            let inner = connecting.await?;
            Ok(Box::new(GatedTransport { inner, gate }) as Box<dyn Transport>)
        })
    }
}

struct GatedTransport {
    inner: Box<dyn Transport>,
    gate: SendGate,
}

impl Transport for GatedTransport {
    fn poll_receive(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Inbound, TransportError>>> {
        self.inner.poll_receive(cx)
    }

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), TransportError>> {
        let mut state = self.gate.0.lock().unwrap();
        if state.flow == Flow::Blocked {
            state.waiting.push(cx.waker().clone());
            return Poll::Pending;
        }
        drop(state);
        self.inner.poll_ready(cx)
    }

    fn start_send(&mut self, frame: Outbound) -> Result<(), TransportError> {
        self.inner.start_send(frame)
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), TransportError>> {
        self.inner.poll_flush(cx)
    }
}
