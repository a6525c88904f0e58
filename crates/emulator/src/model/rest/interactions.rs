//! The interactions that the bot was sent, and their responses.

use std::collections::VecDeque;

use serde_json::{Value, json};
use twilight_model::id::{
    Id,
    marker::{ChannelMarker, InteractionMarker},
};

use crate::traffic::{Draft, DraftError, Event};

/// The number of interactions that can be responded to. When there are more, the oldest are discarded.
const MAX_INTERACTIONS: usize = 1000;

/// The type of an interaction that is a slash command.
const APPLICATION_COMMAND: u64 = 2;

/// The type of an initial response with a message.
pub(crate) const CHANNEL_MESSAGE: u64 = 4;
/// The type of an initial response that defers the message.
pub(crate) const DEFERRED_CHANNEL_MESSAGE: u64 = 5;

/// The last interactions that the bot was sent, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Interactions(VecDeque<Interaction>);

/// An interaction.
#[derive(Debug)]
pub(crate) struct Interaction {
    pub(crate) id: Id<InteractionMarker>,
    kind: u64,
    token: String,
    pub(crate) guild: Option<u64>,
    pub(crate) channel: Id<ChannelMarker>,
    state: InteractionState,
}

/// How the bot has responded to an interaction.
///
/// ```text
/// Pending ──► Acknowledged ──┐
///    │  └───► Deferred ──────┼──► Responded ──► Deleted
///    └───────────────────────┘
/// ```
#[derive(Debug)]
enum InteractionState {
    /// Not at all.
    Pending,
    /// Without a message. One may follow.
    Acknowledged,
    /// With a deferred message.
    Deferred { is_ephemeral: bool },
    /// With a message.
    Responded {
        message: Box<Value>,
        /// What the message shows.
        draft: Draft,
    },
    /// The message was deleted.
    Deleted,
}

/// An initial response to an interaction.
#[derive(Debug)]
pub(crate) enum InitialResponse {
    /// A message.
    Message(Draft),
    /// A deferred message.
    Deferred { is_ephemeral: bool },
    /// A type that neither is nor defers a message.
    Other(u64),
}

/// Why a response is rejected.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum InteractionError {
    /// There is no such interaction, or it has no such message.
    Unknown,
    /// The interaction already has an initial response.
    AlreadyAcknowledged,
    /// The message is invalid.
    InvalidMessage(DraftError),
}

/// What a message of the bot is for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum MessageRole {
    /// The message of the initial response, `@original`.
    Original,
    /// A further message.
    FollowUp,
}

impl From<DraftError> for InteractionError {
    fn from(reason: DraftError) -> Self {
        Self::InvalidMessage(reason)
    }
}

impl Interactions {
    /// Keeps an event's interaction, if it is one.
    pub(crate) fn observe(&mut self, event: &Event) {
        if event.name == "INTERACTION_CREATE"
            && let Some(interaction) = Interaction::parse(event)
        {
            if self.0.len() == MAX_INTERACTIONS {
                self.0.pop_front();
            }
            self.0.push_back(interaction);
        }
    }

    /// Whether there is an interaction with this token.
    pub(crate) fn has(&self, token: &str) -> bool {
        self.0.iter().any(|interaction| interaction.token == token)
    }

    /// The interaction with this token.
    pub(crate) fn find(&mut self, token: &str) -> Result<&mut Interaction, InteractionError> {
        let mut latest_first = self.0.iter_mut().rev();
        latest_first
            .find(|interaction| interaction.token == token)
            .ok_or(InteractionError::Unknown)
    }
}

impl Interaction {
    /// Returns `None` if the event lacks a field that is needed for responses.
    fn parse(event: &Event) -> Option<Self> {
        let data = &event.data;
        Some(Self {
            id: data["id"].as_str()?.parse().ok()?,
            kind: data["type"].as_u64()?,
            token: data["token"].as_str()?.to_owned(),
            guild: event.guild,
            channel: data["channel_id"].as_str()?.parse().ok()?,
            state: InteractionState::Pending,
        })
    }

    /// Whether it is a slash command.
    pub(crate) const fn is_command(&self) -> bool {
        self.kind == APPLICATION_COMMAND
    }

    /// The initial response is sent. Returns the interaction object of the callback response.
    pub(crate) fn acknowledge(
        &mut self,
        id: Id<InteractionMarker>,
        response: &InitialResponse,
    ) -> Result<Value, InteractionError> {
        if self.id != id {
            return Err(InteractionError::Unknown);
        }
        if !matches!(self.state, InteractionState::Pending) {
            return Err(InteractionError::AlreadyAcknowledged);
        }
        let mut object = json!({"id": id.to_string(), "type": self.kind});
        self.state = match response {
            InitialResponse::Deferred { is_ephemeral } => {
                object["response_message_ephemeral"] = (*is_ephemeral).into();
                InteractionState::Deferred {
                    is_ephemeral: *is_ephemeral,
                }
            }
            InitialResponse::Message(draft) => {
                object["response_message_ephemeral"] = draft.is_ephemeral().into();
                InteractionState::Acknowledged
            }
            InitialResponse::Other(_) => InteractionState::Acknowledged,
        };
        Ok(object)
    }

    /// What a follow-up message is for. The first one after an acknowledgement or deferral is the original message.
    pub(crate) fn follow_up(&self, draft: Draft) -> Result<(MessageRole, Draft), InteractionError> {
        match self.state {
            InteractionState::Pending => Err(InteractionError::Unknown),
            InteractionState::Acknowledged => Ok((MessageRole::Original, draft)),
            InteractionState::Deferred { is_ephemeral } => {
                Ok((MessageRole::Original, draft.with_ephemeral(is_ephemeral)))
            }
            InteractionState::Responded { .. } | InteractionState::Deleted => {
                Ok((MessageRole::FollowUp, draft))
            }
        }
    }

    /// The original message, if it exists, and what it shows after an edit.
    pub(crate) fn edit(&self, edit: &Value) -> Result<(Option<Value>, Draft), InteractionError> {
        match &self.state {
            InteractionState::Pending | InteractionState::Deleted => Err(InteractionError::Unknown),
            InteractionState::Acknowledged => Ok((None, Draft::parse(edit.clone())?)),
            InteractionState::Deferred { is_ephemeral } => {
                let draft = Draft::parse(edit.clone())?.with_ephemeral(*is_ephemeral);
                Ok((None, draft))
            }
            InteractionState::Responded { message, draft } => {
                Ok((Some(Value::clone(message)), draft.edited(edit)?))
            }
        }
    }

    /// The original message.
    pub(crate) fn original(&self) -> Result<Value, InteractionError> {
        match &self.state {
            InteractionState::Responded { message, .. } => Ok(Value::clone(message)),
            InteractionState::Pending
            | InteractionState::Acknowledged
            | InteractionState::Deferred { .. }
            | InteractionState::Deleted => Err(InteractionError::Unknown),
        }
    }

    /// The original message was written or edited.
    pub(crate) fn set_original(&mut self, message: Value, draft: Draft) {
        self.state = InteractionState::Responded {
            message: Box::new(message),
            draft,
        };
    }

    /// The original message was deleted.
    pub(crate) fn delete_original(&mut self) {
        self.state = InteractionState::Deleted;
    }
}
