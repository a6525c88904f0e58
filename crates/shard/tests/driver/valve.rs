//! A transport in memory whose way to the server a test can shut.

use gloaming_queue::BoxFuture;
use gloaming_shard::transport::{
    Connect, ConnectError, Inbound, MemoryConnector, Outbound, Transport, TransportError,
};
use std::{
    sync::{Arc, Mutex},
    task::{Context, Poll, Waker},
};

/// While it is shut, transports have no room for what the shard wants to send.
#[derive(Clone, Debug, Default)]
pub(crate) struct Valve(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    flow: Flow,
    waiting: Vec<Waker>,
}

#[derive(Debug, Default, PartialEq)]
enum Flow {
    #[default]
    Open,
    Shut,
}

impl Valve {
    pub(crate) fn shut(&self) {
        self.0.lock().unwrap().flow = Flow::Shut;
    }

    pub(crate) fn open(&self) {
        let mut state = self.0.lock().unwrap();
        state.flow = Flow::Open;
        state.waiting.drain(..).for_each(Waker::wake);
    }

    /// A connector whose transports have this valve.
    pub(crate) fn before(&self, inner: MemoryConnector) -> Valved {
        Valved {
            inner,
            valve: self.clone(),
        }
    }
}

#[derive(Debug)]
pub(crate) struct Valved {
    inner: MemoryConnector,
    valve: Valve,
}

impl Connect for Valved {
    fn connect(&self, url: &str) -> BoxFuture<'static, Result<Box<dyn Transport>, ConnectError>> {
        let connecting = self.inner.connect(url);
        let valve = self.valve.clone();
        Box::pin(async move {
            let inner = connecting.await?;
            Ok(Box::new(ValvedTransport { inner, valve }) as Box<dyn Transport>)
        })
    }
}

struct ValvedTransport {
    inner: Box<dyn Transport>,
    valve: Valve,
}

impl Transport for ValvedTransport {
    fn poll_receive(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Inbound, TransportError>>> {
        self.inner.poll_receive(cx)
    }

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), TransportError>> {
        let mut state = self.valve.0.lock().unwrap();
        if state.flow == Flow::Shut {
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
