//! Connections that send nothing that the node does not allow.

use crate::{
    clock,
    gate::Gate,
    shared_node::{Sending, SharedNode},
};
use gloaming_coordinator::{Clearance, NodeInput};
use gloaming_queue::BoxFuture;
use gloaming_shard::transport::{
    Connect, ConnectError, Inbound, Outbound, Transport, TransportError, TransportErrorKind,
};
use serde::Deserialize;
use std::{
    error::Error,
    fmt::{self, Debug, Display, Formatter},
    future,
    sync::Arc,
    task::{Context, Poll},
};

/// Opens the connections of one shard, as long as the node runs it.
pub(crate) struct GatedConnector {
    inner: Arc<dyn Connect>,
    node: Arc<SharedNode>,
    gate: Arc<Gate>,
}

impl GatedConnector {
    pub(crate) fn new(inner: Arc<dyn Connect>, node: Arc<SharedNode>, gate: Arc<Gate>) -> Self {
        Self { inner, node, gate }
    }
}

impl Debug for GatedConnector {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

impl Connect for GatedConnector {
    fn connect(&self, url: &str) -> BoxFuture<'static, Result<Box<dyn Transport>, ConnectError>> {
        if self.node.may_send(&self.gate) == Sending::Forbidden {
            // The shard is about to be removed, and drops this.
            return Box::pin(future::pending());
        }
        let connecting = self.inner.connect(url);
        let (node, gate) = (Arc::clone(&self.node), Arc::clone(&self.gate));
        Box::pin(async move {
            let inner = connecting.await?;
            let transport: Box<dyn Transport> = Box::new(GatedTransport { inner, node, gate });
            Ok(transport)
        })
    }
}

/// A connection of one shard. Its end is an input of the node.
struct GatedTransport {
    inner: Box<dyn Transport>,
    node: Arc<SharedNode>,
    gate: Arc<Gate>,
}

impl GatedTransport {
    fn check(&self) -> Result<(), TransportError> {
        match self.node.may_send(&self.gate) {
            Sending::Allowed => Ok(()),
            Sending::Forbidden => Err(refused(RefusedSend::Lease)),
        }
    }

    /// Checks an IDENTIFY. Other frames need no permit.
    fn check_identify(&self, text: &str) -> Result<(), TransportError> {
        if !is_identify(text) {
            return Ok(());
        }
        let now = clock::now();
        let clearance = self.node.identify_clearance(&self.gate);
        let is_cleared = matches!(clearance, Clearance::Until(until) if now < until);
        match self.gate.take_identify(now) && is_cleared {
            true => Ok(()),
            false => Err(refused(RefusedSend::Permit)),
        }
    }
}

impl Transport for GatedTransport {
    fn poll_receive(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Inbound, TransportError>>> {
        self.inner.poll_receive(cx)
    }

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), TransportError>> {
        self.check()?;
        self.inner.poll_ready(cx)
    }

    fn start_send(&mut self, frame: Outbound) -> Result<(), TransportError> {
        self.check()?;
        if let Outbound::Text(text) = &frame {
            self.check_identify(text)?;
        }
        self.inner.start_send(frame)
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), TransportError>> {
        self.inner.poll_flush(cx)
    }

    fn take_write_error(&mut self) -> Option<TransportError> {
        self.inner.take_write_error()
    }

    fn release_memory(&mut self) {
        self.inner.release_memory();
    }

    fn lend_memory(&mut self) {
        self.inner.lend_memory();
    }
}

impl Drop for GatedTransport {
    fn drop(&mut self) {
        let shard = self.gate.shard();
        self.node.feed(NodeInput::ConnectionEnded { shard });
    }
}

/// Returns whether this is an IDENTIFY. Heartbeats, which are most of what is sent, are shorter than it can be.
fn is_identify(text: &str) -> bool {
    #[derive(Deserialize)]
    struct Envelope {
        op: u64,
    }
    const OP_IDENTIFY: u64 = 2;
    let may_be = text.len() >= 64;
    let envelope = may_be.then(|| serde_json::from_str::<Envelope>(text));
    matches!(envelope, Some(Ok(Envelope { op: OP_IDENTIFY })))
}

fn refused(refusal: RefusedSend) -> TransportError {
    TransportError::new(TransportErrorKind::Io).with_source(refusal)
}

/// Why a node sent nothing for one of its shards.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum RefusedSend {
    /// The node does not run the shard any more.
    Lease,
    /// The permit for an IDENTIFY has ended.
    Permit,
}

impl Display for RefusedSend {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Lease => "this process gave the shard up, since another one may own it",
            Self::Permit => "the permit to identify has ended before it was used; the shard asks for another one",
        })
    }
}

impl Error for RefusedSend {}

#[cfg(test)]
mod tests {
    use super::is_identify;

    #[test]
    fn identify_is_told_apart_wherever_its_op_stands() {
        let token = "x".repeat(64);
        let data = format!(r#""d":{{"token":"{token}","op":1}}"#);
        assert!(is_identify(&format!(r#"{{"op":2,{data}}}"#)));
        assert!(is_identify(&format!(r#"{{{data},"op":2}}"#)));
        assert!(!is_identify(&format!(r#"{{"op":6,{data}}}"#)));
        assert!(!is_identify(r#"{"op":1,"d":2}"#));
    }
}
