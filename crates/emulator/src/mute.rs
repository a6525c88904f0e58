//! Messages that the gateway can withhold.

/// A message that the gateway can withhold.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum Mute {
    /// HELLO. Unmuting sends it to the connections that wait for it.
    Hello,
    /// READY: IDENTIFY is neither refused nor answered ([P8](gloaming_protocol::rules#p8)). Unmuting sends
    /// READY to the connections that wait for it.
    Ready,
    /// Op 11: clients see zombie connections ([P7](gloaming_protocol::rules#p7)). Unmuting does not send the
    /// acknowledgements that were withheld.
    Acks,
    /// The reply to a client's close frame. The driver of a [`Gateway`](crate::model::Gateway) has to apply it.
    CloseReplies,
    /// VOICE_STATE_UPDATE and VOICE_SERVER_UPDATE in reply to a bot that joins a voice channel, as if the channel were full
    /// ([P39](gloaming_protocol::rules#p39)). Unmuting does not send those that were withheld.
    VoiceReplies,
}
