use super::encode::encode_payload;
use super::{EncodeError, EncodeErrorKind};
use crate::limits::{DEFAULT_LARGE_THRESHOLD, LARGE_THRESHOLD};
use crate::opcode::OpCode;
use crate::token::Token;
use serde::Serialize;
use twilight_model::gateway::payload::outgoing::identify::IdentifyProperties;
use twilight_model::gateway::payload::outgoing::update_presence::UpdatePresencePayload;
use twilight_model::gateway::{Capabilities, Intents, ShardId};

/// What starts a session: the payload of op 2 (P10).
///
/// ```
/// use gloaming_protocol::{Identify, Intents, ShardId, Token, default_identify_properties};
///
/// let token = Token::new("my-token");
/// let properties = default_identify_properties();
/// let text = Identify {
///     shard: Some(ShardId::new(1, 4)),
///     ..Identify::new(&token, &properties, Intents::GUILDS)
/// }
/// .encode()?;
/// assert!(text.contains(r#""shard":[1,4]"#));
/// # Ok::<_, gloaming_protocol::EncodeError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Identify<'a> {
    /// The bot's token.
    pub token: &'a Token,
    /// What the bot runs on.
    pub properties: &'a IdentifyProperties,
    /// Which groups of events the gateway sends.
    pub intents: Intents,
    /// Opt-ins to gateway behavior; left out of the payload when empty.
    pub capabilities: Capabilities,
    /// Whether single messages come compressed (P28); never together with a compressed transport.
    pub compress: bool,
    /// Guilds with more members than this come without their offline members; 50 to 250.
    pub large_threshold: u64,
    /// The shard and the number of shards, which routes guilds (P35).
    pub shard: Option<ShardId>,
    /// The presence to start with.
    pub presence: Option<&'a UpdatePresencePayload>,
}

impl<'a> Identify<'a> {
    /// An identify with the documented defaults for everything that has one.
    #[must_use]
    pub const fn new(
        token: &'a Token,
        properties: &'a IdentifyProperties,
        intents: Intents,
    ) -> Self {
        Self {
            token,
            properties,
            intents,
            capabilities: Capabilities::empty(),
            compress: false,
            large_threshold: DEFAULT_LARGE_THRESHOLD,
            shard: None,
            presence: None,
        }
    }

    /// Writes the payload.
    ///
    /// # Errors
    ///
    /// If the large threshold is out of range or the payload over 4096 bytes, which a presence can
    /// make it.
    pub fn encode(&self) -> Result<String, EncodeError> {
        if !LARGE_THRESHOLD.contains(&self.large_threshold) {
            return Err(EncodeError::new(EncodeErrorKind::LargeThreshold {
                threshold: self.large_threshold,
            }));
        }
        encode_payload(
            OpCode::Identify,
            &Data {
                token: self.token.expose(),
                properties: Properties {
                    os: &self.properties.os,
                    browser: &self.properties.browser,
                    device: &self.properties.device,
                },
                compress: self.compress,
                large_threshold: self.large_threshold,
                shard: self.shard,
                presence: self.presence,
                intents: self.intents,
                capabilities: (!self.capabilities.is_empty()).then_some(self.capabilities),
            },
        )
    }
}

/// The properties a bot identifies with when it gives none: the system it was built for, and this
/// library's name.
#[must_use]
pub fn default_identify_properties() -> IdentifyProperties {
    IdentifyProperties::new("gloaming", "gloaming", std::env::consts::OS)
}

#[derive(Serialize)]
struct Data<'a> {
    token: &'a str,
    properties: Properties<'a>,
    compress: bool,
    large_threshold: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    shard: Option<ShardId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    presence: Option<&'a UpdatePresencePayload>,
    intents: Intents,
    #[serde(skip_serializing_if = "Option::is_none")]
    capabilities: Option<Capabilities>,
}

#[derive(Serialize)]
struct Properties<'a> {
    os: &'a str,
    browser: &'a str,
    device: &'a str,
}
