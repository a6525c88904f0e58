//! gloaming-protocol alone, over a transport of one's own.
//!
//! The transport here is a blocking WebSocket over a blocking TCP socket, in a plain thread: no async
//! runtime, no shard. The protocol crate turns messages into payloads and back; when to connect, to
//! heartbeat and to give up is decided here. It talks to the bundled emulator and ends by itself.

use gloaming::emulator::{DEFAULT_TOKEN, Emulator};
use gloaming_protocol::{
    Compression, Decoded, Decoder, DecoderLimits, Event, Frame, GatewayUrl, Identify, Intents,
    JsonParser, OpCode, OwnedPayload, Payload, Token, decode_event, default_identify_properties,
    encode_heartbeat,
};
use std::{
    collections::hash_map::RandomState,
    error::Error,
    hash::BuildHasher,
    io::ErrorKind,
    net::TcpStream,
    time::{Duration, Instant},
};
use tungstenite::{
    Message, WebSocket,
    protocol::{CloseFrame, frame::coding::CloseCode},
};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// How much to see before closing.
const EVENTS: u32 = 50;

fn main() -> Result<()> {
    // The emulator is the one that needs a runtime; its thread is not ours.
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()?;
    let emulator = Emulator::builder()
        .events_per_second(50.0)
        .heartbeat_interval(Duration::from_millis(500));
    let emulator = runtime.block_on(emulator.start())?;

    let mut connection = Connection::open(emulator.url())?;
    live(&mut connection)?;
    connection.close()?;

    let violations = emulator.violations();
    println!("rules broken, as the gateway saw it: {}", violations.len());
    runtime.block_on(emulator.shutdown());
    match violations.first() {
        None => Ok(()),
        Some(violation) => Err(format!("{violation:?}").into()),
    }
}

/// From HELLO until enough was seen.
fn live(connection: &mut Connection) -> Result<()> {
    let token = Token::new(DEFAULT_TOKEN);
    let properties = default_identify_properties();
    let intents = Intents::GUILDS | Intents::GUILD_MESSAGES | Intents::MESSAGE_CONTENT;

    let hello = connection.receive(now() + Duration::from_secs(10))?;
    let hello = hello.ok_or("there was no HELLO")?;
    let Decoded::Event(Event::GatewayHello(hello)) = hello.event(JsonParser::best())? else {
        return Err("the first payload was no HELLO".into());
    };
    let mut heart = Heart::new(Duration::from_millis(hello.heartbeat_interval));
    println!("hello: a heartbeat every {:?}", heart.interval);

    connection.send(Identify::new(&token, &properties, intents).encode()?)?;

    let (mut events, mut heartbeats) = (0, 0);
    while events < EVENTS || heartbeats == 0 {
        if heart.next <= now() {
            heart.beat()?;
            connection.send(encode_heartbeat(heart.sequence))?;
        }
        let Some(payload) = connection.receive(heart.next)? else {
            continue;
        };
        heart.sequence = payload.sequence().or(heart.sequence);
        match payload.op() {
            OpCode::Dispatch => {
                events += 1;
                show(&payload)?;
            }
            OpCode::HeartbeatAck => {
                heartbeats += 1;
                heart.last = Beat::Acknowledged;
            }
            OpCode::Heartbeat => connection.send(encode_heartbeat(heart.sequence))?,
            // A client that is to stay would connect anew and resume, with `encode_resume`.
            OpCode::Reconnect | OpCode::InvalidSession => {
                return Err("the gateway ended the connection".into());
            }
            _ => {}
        }
    }
    println!("{events} events, {heartbeats} heartbeats acknowledged");
    Ok(())
}

/// Parses what it has a use for; everything else costs no more than its envelope.
fn show(payload: &OwnedPayload) -> Result<()> {
    if !matches!(payload.name(), Some("READY" | "MESSAGE_CREATE")) {
        return Ok(());
    }
    match decode_event(&payload.as_payload(), JsonParser::best())? {
        Decoded::Event(Event::Ready(ready)) => {
            println!(
                "ready: {} in {} guilds",
                ready.user.name,
                ready.guilds.len()
            );
        }
        Decoded::Event(Event::MessageCreate(message)) => {
            println!("{}: {}", message.author.name, message.content);
        }
        _ => {}
    }
    Ok(())
}

/// When to heartbeat, and whether the other side still lives.
struct Heart {
    interval: Duration,
    next: Instant,
    last: Beat,
    sequence: Option<u64>,
}

#[derive(PartialEq)]
enum Beat {
    Acknowledged,
    Sent,
}

impl Heart {
    /// The first heartbeat comes after a random part of the interval.
    fn new(interval: Duration) -> Self {
        let random = RandomState::new().hash_one(0) as f64 / u64::MAX as f64;
        Self {
            interval,
            next: now() + interval.mul_f64(random),
            last: Beat::Acknowledged,
            sequence: None,
        }
    }

    fn beat(&mut self) -> Result<()> {
        if self.last == Beat::Sent {
            return Err("the gateway did not acknowledge a heartbeat".into());
        }
        self.last = Beat::Sent;
        self.next += self.interval;
        Ok(())
    }
}

/// A WebSocket, and the decoder for what comes over it.
struct Connection {
    socket: WebSocket<TcpStream>,
    decoder: Decoder,
}

impl Connection {
    fn open(base: &str) -> Result<Self> {
        let compression = Compression::best();
        let url = GatewayUrl::new(base, compression)?;
        let address = base.strip_prefix("ws://").ok_or("the url is not ws://")?;
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        let (socket, _) = tungstenite::client(url.as_str(), stream)?;
        Ok(Self {
            socket,
            decoder: Decoder::new(compression, DecoderLimits::default())?,
        })
    }

    fn send(&mut self, text: String) -> Result<()> {
        Ok(self.socket.send(Message::text(text))?)
    }

    /// The next payload; nothing if there is none by the deadline.
    fn receive(&mut self, deadline: Instant) -> Result<Option<OwnedPayload>> {
        loop {
            let wait = deadline.saturating_duration_since(now());
            if wait.is_zero() {
                return Ok(None);
            }
            self.socket.get_ref().set_read_timeout(Some(wait))?;
            let message = match self.socket.read() {
                Ok(message) => message,
                // Half a message stays in the socket's buffer.
                Err(tungstenite::Error::Io(error)) if is_timeout(error.kind()) => continue,
                Err(error) => return Err(error.into()),
            };
            let frame = match &message {
                Message::Text(text) => Frame::Text(text),
                Message::Binary(bytes) => Frame::Binary(bytes),
                Message::Close(frame) => return Err(format!("closed with {frame:?}").into()),
                _ => continue,
            };
            if let Some(text) = self.decoder.decode(frame)? {
                return Ok(Some(Payload::parse(text)?.to_owned_payload()));
            }
        }
    }

    /// Says goodbye and waits for the answer. The code ends the session; with another one, it could
    /// be resumed.
    fn close(mut self) -> Result<()> {
        self.socket.close(Some(CloseFrame {
            code: CloseCode::Normal,
            reason: "done".into(),
        }))?;
        self.socket
            .get_ref()
            .set_read_timeout(Some(Duration::from_secs(5)))?;
        loop {
            match self.socket.read() {
                Ok(Message::Close(frame)) => println!("closed: {frame:?}"),
                Ok(_) => {}
                Err(tungstenite::Error::ConnectionClosed) => return Ok(()),
                Err(error) => return Err(error.into()),
            }
        }
    }
}

/// What a timeout is called depends on the system.
fn is_timeout(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::WouldBlock | ErrorKind::TimedOut)
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one who waits reads the clock"
)]
fn now() -> Instant {
    Instant::now()
}
