use super::encode::encode_payload;
use super::{EncodeError, EncodeErrorKind};
use crate::limits::{DEFAULT_LARGE_THRESHOLD, LARGE_THRESHOLD};
use crate::opcode::OpCode;
use crate::token::Token;
use serde::Serialize;
use twilight_model::gateway::payload::outgoing::identify::IdentifyProperties;
use twilight_model::gateway::payload::outgoing::update_presence::UpdatePresencePayload;
use twilight_model::gateway::{Capabilities, Intents, ShardId};

/// IDENTIFY (op 2), which starts a session ([P10](crate::rules#p10)).
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
    /// The system and the library of the bot.
    pub properties: &'a IdentifyProperties,
    /// The groups of events that the gateway sends.
    pub intents: Intents,
    /// Opt-ins to gateway behavior. Omitted from the payload if empty.
    pub capabilities: Capabilities,
    /// Whether the gateway compresses single messages ([P28](crate::rules#p28)). Can't be combined with a
    /// compressed stream.
    pub compress: bool,
    /// The number of members, from 50 to 250, above which a guild arrives without its offline members.
    pub large_threshold: u64,
    /// The shard and the number of shards, which determine the guilds of the session
    /// ([P35](crate::rules#p35)).
    pub shard: Option<ShardId>,
    /// The initial presence.
    pub presence: Option<&'a UpdatePresencePayload>,
}

impl<'a> Identify<'a> {
    /// Creates an IDENTIFY with the documented defaults.
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

    /// Encodes the payload.
    ///
    /// # Errors
    ///
    /// Returns an error if the large threshold is out of range, or if the payload is over 4096 bytes
    /// ([P21](crate::rules#p21)), for example because of a large presence.
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

/// Returns the default properties: the operating system of the build, and the name of this library.
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
