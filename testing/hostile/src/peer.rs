//! The server's end of one connection.

use crate::{clock::within, encoder::Encoder, limits::PATIENCE};
use gloaming_test_support::wire::{CLOSE, PING, PONG, frame, read_frame};
use serde_json::Value;
use std::io;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};

/// The channel id of the event that a shard has to receive once.
pub(crate) const MARKER: u64 = 424_242;

/// The channel id of the event after it.
pub(crate) const END: u64 = 424_243;

pub(crate) const SESSION: &str = "0123456789abcdef0123456789abcdef";

const ACK: &str = r#"{"t":null,"s":null,"op":11,"d":null}"#;

pub(crate) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// The server's end of one connection.
pub(crate) struct Peer {
    pub(crate) stream: Box<dyn Stream>,
    pub(crate) encoder: Encoder,
}

impl Peer {
    /// Writes bytes as they are.
    pub(crate) async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes).await?;
        self.stream.flush().await
    }

    /// Sends a payload with the compression of the connection.
    pub(crate) async fn send(&mut self, text: &str) -> io::Result<()> {
        let frame = self.encoder.frame(text.as_bytes());
        self.write(&frame).await
    }

    pub(crate) async fn hello(&mut self) -> io::Result<()> {
        self.send(r#"{"t":null,"s":null,"op":10,"d":{"heartbeat_interval":41250}}"#)
            .await
    }

    /// Waits for IDENTIFY or RESUME, and returns its opcode.
    pub(crate) async fn identify_or_resume(&mut self) -> io::Result<u64> {
        let received = within(PATIENCE, async {
            loop {
                let op = self.next_op().await?;
                if matches!(op, 2 | 6) {
                    return Ok(op);
                }
            }
        });
        let late = || Err(io::Error::other("neither IDENTIFY nor RESUME arrives"));
        received.await.unwrap_or_else(late)
    }

    /// Sends the two events that the shard has to receive once each, without a sequence: they follow whatever sequence the
    /// attack has left.
    pub(crate) async fn mark(&mut self) -> io::Result<()> {
        for id in [MARKER, END] {
            self.send(&event("null", id)).await?;
        }
        Ok(())
    }

    /// Answers heartbeats and pings until the shard leaves.
    pub(crate) async fn attend(&mut self) -> io::Result<()> {
        loop {
            self.next_op().await?;
        }
    }

    /// Reads, without answering, until the shard has left.
    pub(crate) async fn departed(&mut self) {
        let mut bytes = [0; 4096];
        while matches!(self.stream.read(&mut bytes).await, Ok(1..)) {}
    }

    /// The opcode of the next payload. Answers heartbeats and pings, and ends with an error at a close frame.
    async fn next_op(&mut self) -> io::Result<u64> {
        loop {
            let (opcode, payload) = read_frame(&mut *self.stream).await?;
            match opcode {
                CLOSE => {
                    // The shard may already be gone.
                    _ = self.write(&frame(CLOSE, &payload)).await;
                    return Err(io::ErrorKind::ConnectionAborted.into());
                }
                PING => self.write(&frame(PONG, &payload)).await?,
                PONG => {}
                _ => {
                    let payload: Value =
                        serde_json::from_slice(&payload).map_err(io::Error::other)?;
                    let op = payload["op"].as_u64().unwrap_or_default();
                    if op == 1 {
                        self.send(ACK).await?;
                    }
                    return Ok(op);
                }
            }
        }
    }
}

/// Returns READY of a session that resumes on this server.
pub(crate) fn ready(url: &str) -> String {
    format!(
        r#"{{"t":"READY","s":1,"op":0,"d":{{"v":10,"user":{{"id":"1","username":"bot","discriminator":"0000","avatar":null,"bot":true,"mfa_enabled":false}},"guilds":[],"session_id":"{SESSION}","resume_gateway_url":"{url}","application":{{"id":"1","flags":0}}}}}}"#
    )
}

/// Returns a small event with this sequence and channel.
pub(crate) fn event(sequence: &str, channel: u64) -> String {
    format!(
        r#"{{"t":"WEBHOOKS_UPDATE","s":{sequence},"op":0,"d":{{"guild_id":"1","channel_id":"{channel}"}}}}"#
    )
}
