//! The shard's side of requests: the callers that wait, and the channels to them.

use super::{
    client::{NewRequest, RequestClient},
    error::RequestError,
    reply_channel::{Dropped, SendResult},
    reply_sink::{Reply, ReplySink},
};
use crate::inbox::{Inbox, inbox};
use gloaming_machine::requests::{
    RequestErrorKind, RequestId, RequestPayload, RequestPolicy, RequestState,
};
use gloaming_protocol::{
    Decoded, DispatchKind, Event, Intents, JsonParser, Payload, RepairReport, decode_event,
};
use std::{
    collections::HashMap,
    mem,
    sync::{Arc, atomic::Ordering},
    task::{Context, Poll},
};

/// What requests need to know about their shard.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RequestSettings {
    pub(crate) intents: Intents,
    pub(crate) policy: RequestPolicy,
    pub(crate) parser: JsonParser,
    /// Requests that may wait until the machine has room for them.
    pub(crate) bound: usize,
}

/// An input for the machine.
#[derive(Debug)]
pub(crate) enum RequestInput {
    Open {
        id: RequestId,
        payloads: Vec<RequestPayload>,
    },
    Forget(RequestId),
}

/// Carries requests from their callers to the machine, and replies back.
#[derive(Debug)]
pub(crate) struct RequestDriver {
    requests: Inbox<NewRequest>,
    sinks: HashMap<RequestId, ReplySink>,
    /// Requests that ended without the machine.
    forgotten: Vec<RequestId>,
    dropped: Dropped,
    parser: JsonParser,
    last_id: u64,
    buffers: Buffers,
}

/// Whether the callers have room for more replies before they run.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Buffers {
    Free,
    Filled,
}

/// Both sides of a shard's requests.
pub(crate) fn requests(settings: RequestSettings) -> (RequestClient, RequestDriver) {
    let (sender, requests) = inbox(settings.bound);
    let dropped = Dropped::default();
    let client = RequestClient {
        requests: sender,
        intents: settings.intents,
        policy: settings.policy,
        dropped: dropped.clone(),
    };
    let driver = RequestDriver {
        requests,
        sinks: HashMap::new(),
        forgotten: Vec::new(),
        dropped,
        parser: settings.parser,
        last_id: 0,
        buffers: Buffers::Free,
    };
    (client, driver)
}

impl RequestDriver {
    /// Whether a request was made or dropped.
    pub(crate) fn has_waiting(&self) -> bool {
        self.requests.has_items()
            || !self.forgotten.is_empty()
            || (!self.sinks.is_empty() && self.dropped.load(Ordering::Relaxed))
    }

    /// The next input for the machine. New requests wait while it has no room for them.
    pub(crate) fn poll_input(
        &mut self,
        cx: &mut Context<'_>,
        has_room: bool,
    ) -> Poll<RequestInput> {
        if self.dropped.swap(false, Ordering::Acquire) {
            let forgotten = &mut self.forgotten;
            self.sinks.retain(|id, sink| {
                let is_closed = sink.is_closed();
                if is_closed {
                    forgotten.push(*id);
                }
                !is_closed
            });
        }
        if let Some(id) = self.forgotten.pop() {
            return Poll::Ready(RequestInput::Forget(id));
        }
        while has_room
            && let Poll::Ready(NewRequest { payloads, sink }) = self.requests.poll_next(cx)
        {
            if sink.is_closed() {
                continue;
            }
            self.last_id += 1;
            let id = RequestId(self.last_id);
            self.sinks.insert(id, sink);
            return Poll::Ready(RequestInput::Open { id, payloads });
        }
        Poll::Pending
    }

    /// Hands a payload to the callers of these requests. Returns what had to be repaired in it.
    pub(crate) fn reply(
        &mut self,
        payload: &Payload<'_>,
        ids: &[RequestId],
    ) -> Option<RepairReport> {
        let mut report = None;
        match self.decode(payload, &mut report) {
            Ok(reply) => self.send(reply, ids),
            Err(error) => {
                for id in ids {
                    if let Some(sink) = self.sinks.remove(id) {
                        sink.end(Err(error.clone()));
                    }
                }
                self.forgotten.extend_from_slice(ids);
            }
        }
        report
    }

    pub(crate) fn set_state(&self, id: RequestId, state: RequestState) {
        if let Some(sink) = self.sinks.get(&id) {
            sink.set_state(state);
        }
    }

    pub(crate) fn end(&mut self, id: RequestId, result: Result<(), RequestErrorKind>) {
        if let Some(sink) = self.sinks.remove(&id) {
            sink.end(result.map_err(RequestError::new));
        }
    }

    /// Ends the requests that the machine has not got, and takes no more.
    pub(crate) fn close(&mut self) {
        for NewRequest { sink, .. } in self.requests.close() {
            sink.end(Err(RequestError::new(RequestErrorKind::Closed)));
        }
    }

    /// Whether the shard must let its callers run before it reads on, since one of them has no room for another
    /// reply. True once.
    pub(crate) fn must_yield(&mut self) -> bool {
        mem::replace(&mut self.buffers, Buffers::Free) == Buffers::Filled
    }

    fn send(&mut self, reply: Reply, ids: &[RequestId]) {
        let mut reply = Some(reply);
        for (index, id) in ids.iter().enumerate() {
            let Some(sink) = self.sinks.get(id) else {
                continue;
            };
            // The last caller gets the reply without a copy.
            let reply = if index + 1 == ids.len() {
                reply.take()
            } else {
                reply.clone()
            };
            let Some(reply) = reply else {
                continue;
            };
            match sink.send(reply) {
                SendResult::Buffered => continue,
                SendResult::Filled => {
                    self.buffers = Buffers::Filled;
                    continue;
                }
                SendResult::Overrun => {
                    if let Some(sink) = self.sinks.remove(id) {
                        sink.end(Err(RequestError::new(RequestErrorKind::Overrun)));
                    }
                }
                SendResult::Closed => drop(self.sinks.remove(id)),
            }
            self.forgotten.push(*id);
        }
    }

    fn decode(
        &self,
        payload: &Payload<'_>,
        report: &mut Option<RepairReport>,
    ) -> Result<Reply, RequestError> {
        if payload.kind() != Some(DispatchKind::MemberChunk) {
            return Ok(Reply::Guild(payload.to_owned_payload()));
        }
        let decoded = decode_event(payload, self.parser);
        if let Ok(Decoded::Repaired(event)) = &decoded {
            *report = Some(event.report().clone());
        }
        match decoded.map(Decoded::into_event) {
            Ok(Ok(Event::MemberChunk(chunk))) => Ok(Reply::Members(chunk)),
            Ok(_) => Ok(Reply::Guild(payload.to_owned_payload())),
            Err(error) => Err(RequestError::undecodable(Arc::new(error))),
        }
    }
}
