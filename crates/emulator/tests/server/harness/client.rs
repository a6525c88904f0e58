//! A WebSocket client that shares no code with this project.

use std::{sync::Arc, time::Duration};

use flate2::{Decompress, FlushDecompress};
use futures_util::{SinkExt, StreamExt};
use gloaming_emulator::{DEFAULT_TOKEN, Emulator};
use gloaming_test_support::etf::Term;
use rustls::{ClientConfig, RootCertStore, pki_types::ServerName};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    time::timeout,
};
use tokio_rustls::TlsConnector;
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{
        Error, Message,
        protocol::{CloseFrame, frame::coding::CloseCode},
    },
};
use zstd_safe::{DCtx, InBuffer, OutBuffer};

/// No test waits longer, unless the emulator hangs.
const LIMIT: Duration = Duration::from_secs(30);

pub(crate) trait Socket: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Socket for T {}

pub(crate) struct Client {
    socket: WebSocketStream<Box<dyn Socket>>,
    encoding: ClientEncoding,
    inflate: Option<Decompress>,
    zstd: Option<DCtx<'static>>,
    text: Vec<u8>,
}

/// How the client reads and writes payloads.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum ClientEncoding {
    Json,
    Etf,
}

/// A message or the end of the connection.
#[derive(Debug, PartialEq)]
pub(crate) enum Received {
    Payload(Value),
    Close(u16),
    /// The connection ended without a close frame.
    End,
}

impl Client {
    pub(crate) async fn connect(url: &str) -> Result<Self, Error> {
        let host = url
            .strip_prefix("ws://")
            .unwrap()
            .split('/')
            .next()
            .unwrap();
        let stream: Box<dyn Socket> = Box::new(TcpStream::connect(host).await?);
        Self::upgrade(url, stream).await
    }

    pub(crate) async fn connect_tls(
        emulator: &Emulator,
        url: &str,
        name: &'static str,
    ) -> Result<Self, Error> {
        let mut roots = RootCertStore::empty();
        roots
            .add(emulator.root_certificate().to_vec().into())
            .unwrap();
        let config =
            ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
                .with_safe_default_protocol_versions()
                .unwrap()
                .with_root_certificates(roots)
                .with_no_client_auth();
        let host = url
            .strip_prefix("wss://")
            .unwrap()
            .split('/')
            .next()
            .unwrap();
        let stream = TcpStream::connect(host).await?;
        let name = ServerName::try_from(name).unwrap();
        let stream = TlsConnector::from(Arc::new(config))
            .connect(name, stream)
            .await?;
        Self::upgrade(url, Box::new(stream)).await
    }

    async fn upgrade(url: &str, stream: Box<dyn Socket>) -> Result<Self, Error> {
        let (socket, _) = timeout(LIMIT, client_async(url, stream))
            .await
            .expect("the handshake takes too long")?;
        Ok(Self {
            socket,
            encoding: match url.contains("encoding=etf") {
                true => ClientEncoding::Etf,
                false => ClientEncoding::Json,
            },
            inflate: url.contains("zlib-stream").then(|| Decompress::new(true)),
            zstd: url.contains("zstd-stream").then(DCtx::create),
            text: Vec::with_capacity(4 << 20),
        })
    }

    pub(crate) async fn receive(&mut self) -> Received {
        loop {
            let message = timeout(LIMIT, self.socket.next())
                .await
                .expect("no message arrived");
            return match message {
                Some(Ok(Message::Text(text))) => {
                    assert!(self.zstd.is_none(), "text is not compressed");
                    assert_eq!(self.encoding, ClientEncoding::Json);
                    Received::Payload(serde_json::from_str(&text).unwrap())
                }
                Some(Ok(Message::Binary(bytes))) => {
                    self.decompress(&bytes);
                    Received::Payload(self.read())
                }
                Some(Ok(Message::Close(frame))) => {
                    Received::Close(frame.map_or(1005, |frame| frame.code.into()))
                }
                Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => continue,
                Some(Err(_)) | None => Received::End,
            };
        }
    }

    /// Decompresses one message.
    fn decompress(&mut self, bytes: &[u8]) {
        self.text.clear();
        match (&mut self.zstd, &mut self.inflate) {
            (Some(zstd), _) => decompress_zstd(zstd, bytes, &mut self.text),
            (_, Some(inflate)) => {
                assert!(
                    bytes.ends_with(&[0, 0, 0xff, 0xff]),
                    "a message ends with the sync flush suffix"
                );
                inflate
                    .decompress_vec(bytes, &mut self.text, FlushDecompress::Sync)
                    .unwrap();
            }
            _ => {
                assert_eq!(self.encoding, ClientEncoding::Etf);
                self.text.extend_from_slice(bytes);
            }
        }
    }

    /// The payload that was decompressed.
    fn read(&self) -> Value {
        match self.encoding {
            ClientEncoding::Json => serde_json::from_slice(&self.text).unwrap(),
            ClientEncoding::Etf => Term::decode(&self.text).expect("ETF").to_json(),
        }
    }

    /// The next payload. Panics if the connection ends.
    pub(crate) async fn payload(&mut self) -> Value {
        match self.receive().await {
            Received::Payload(payload) => payload,
            other => panic!("expected a payload, received {other:?}"),
        }
    }

    /// The next dispatch with that name; other payloads are skipped.
    pub(crate) async fn dispatch(&mut self, name: &str) -> Value {
        loop {
            let payload = self.payload().await;
            if payload["t"] == name {
                return payload;
            }
        }
    }

    pub(crate) async fn send(&mut self, payload: Value) {
        let message = match self.encoding {
            ClientEncoding::Json => Message::text(payload.to_string()),
            ClientEncoding::Etf => Message::binary(Term::from_json(&payload).encode()),
        };
        self.send_message(message).await;
    }

    pub(crate) async fn send_message(&mut self, message: Message) {
        self.socket.send(message).await.unwrap();
    }

    /// The next message, as it arrives.
    pub(crate) async fn message(&mut self) -> Message {
        let message = timeout(LIMIT, self.socket.next()).await;
        message
            .expect("no message arrived")
            .expect("a message")
            .unwrap()
    }

    pub(crate) async fn hello(&mut self) -> Value {
        let hello = self.payload().await;
        assert_eq!(hello["op"], 10, "{hello}");
        hello
    }

    /// Receives HELLO and identifies. Returns the data of READY.
    pub(crate) async fn start(&mut self, intents: u64) -> Value {
        self.hello().await;
        self.send(identify(intents)).await;
        let mut ready = self.payload().await;
        assert_eq!(ready["t"], "READY", "{ready}");
        ready["d"].take()
    }

    pub(crate) async fn close(&mut self, code: u16) {
        let frame = CloseFrame {
            code: CloseCode::from(code),
            reason: "".into(),
        };
        self.socket.close(Some(frame)).await.unwrap();
    }
}

/// Decompresses one message of zstd-stream, which does not end the frame (P30).
fn decompress_zstd(zstd: &mut DCtx<'_>, bytes: &[u8], text: &mut Vec<u8>) {
    let mut input = InBuffer::around(bytes);
    let mut room = vec![0; 100_000];
    loop {
        let mut output = OutBuffer::around(&mut room[..]);
        let more = zstd.decompress_stream(&mut output, &mut input).unwrap();
        let written = output.pos();
        text.extend_from_slice(&room[..written]);
        if input.pos() == bytes.len() && written < room.len() {
            assert_ne!(more, 0, "the frame continues");
            return;
        }
    }
}

pub(crate) fn identify(intents: u64) -> Value {
    json!({"op": 2, "d": {
        "token": DEFAULT_TOKEN,
        "properties": {"os": "linux", "browser": "test", "device": "test"},
        "intents": intents,
    }})
}

pub(crate) fn resume(session_id: &Value, seq: &Value) -> Value {
    json!({"op": 6, "d": {"token": DEFAULT_TOKEN, "session_id": session_id, "seq": seq}})
}
