//! Components of messages and modals.

use crate::dispatch::DispatchKind;
use crate::envelope::{OwnedPayload, Payload};
use crate::event::EventError;
use crate::event::mismatch::Mismatch;
use crate::opcode::OpCode;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use twilight_model::channel::message::component::ComponentType;

/// A component of a type that twilight-model lacks, and of which its events keep only the number of the type.
///
/// [`OwnedPayload::untyped_components`] finds them. More variants may follow.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Component {
    /// A radio group (type 21), as submitted with a modal.
    RadioGroup(RadioGroup),
    /// A component of any other type, such as the undocumented types 16 and 20 of messages, or one that does not match
    /// its type.
    Other(OtherComponent),
}

/// A radio group in a submitted modal: the user selects one of its options.
#[derive(Clone, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[non_exhaustive]
pub struct RadioGroup {
    /// The number that identifies the component in its modal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<i32>,
    /// The name that the application gave to the component.
    pub custom_id: String,
    /// The value of the selected option. `None` if no option is selected, which an optional group allows.
    pub value: Option<String>,
}

/// A component of a type that neither twilight-model nor this crate has.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub struct OtherComponent {
    /// The number of the type.
    pub kind: u64,
    /// The name that the application gave to the component, if it is interactive.
    pub custom_id: Option<String>,
    /// The component as JSON, with the components in it.
    pub json: String,
}

impl Component {
    /// Returns `None` for components that twilight-model has a type for, and for what is not a component.
    fn of(value: &Value) -> Option<Self> {
        const RADIO_GROUP: u64 = 21;

        let kind = value.get("type")?.as_u64()?;
        let known = u8::try_from(kind).map(ComponentType::from);
        if known.is_ok_and(|known| !matches!(known, ComponentType::Unknown(_))) {
            return None;
        }
        if kind == RADIO_GROUP
            && let Ok(group) = RadioGroup::deserialize(value)
        {
            return Some(Self::RadioGroup(group));
        }
        let custom_id = value.get("custom_id").and_then(Value::as_str);
        Some(Self::Other(OtherComponent {
            kind,
            custom_id: custom_id.map(str::to_owned),
            json: value.to_string(),
        }))
    }

    /// Adds the components at or in `value`, outermost first. The parser of `value` bounds how deep it is nested.
    fn collect(value: &Value, found: &mut Vec<Self>) {
        if let Value::Array(components) = value {
            for component in components {
                Self::collect(component, found);
            }
            return;
        }
        found.extend(Self::of(value));
        for member in ["components", "component", "accessory"] {
            if let Some(nested) = value.get(member) {
                Self::collect(nested, found);
            }
        }
    }

    fn all_of(payload: &Payload<'_>) -> Result<Vec<Self>, serde_json::Error> {
        #[derive(Deserialize)]
        struct Interaction {
            data: Option<Holder>,
        }

        #[derive(Deserialize)]
        struct Holder {
            components: Option<Value>,
        }

        let kind = payload.kind().filter(|_| payload.op() == OpCode::Dispatch);
        let holder = match kind {
            Some(DispatchKind::InteractionCreate) => payload.decode_data::<Interaction>()?.data,
            Some(DispatchKind::MessageCreate | DispatchKind::MessageUpdate) => {
                Some(payload.decode_data()?)
            }
            _ => None,
        };
        let mut found = Vec::new();
        if let Some(components) = holder.and_then(|holder| holder.components) {
            Self::collect(&components, &mut found);
        }
        Ok(found)
    }
}

impl OwnedPayload {
    /// Returns the components that twilight-model has no type for, in the order of the text, at any depth: those of a
    /// modal that a user submitted (`INTERACTION_CREATE`), or of a message (`MESSAGE_CREATE`, `MESSAGE_UPDATE`).
    ///
    /// Returns none for other payloads. The typed event has all other components.
    ///
    /// ```
    /// use gloaming_protocol::{OwnedPayload, supplement::Component};
    ///
    /// let payload = OwnedPayload::parse(
    ///     r#"{"t":"INTERACTION_CREATE","s":4,"op":0,"d":{"type":5,"data":{"custom_id":"poll","components":[
    ///         {"type":18,"component":{"type":21,"custom_id":"color","value":"green"}}
    ///     ]}}}"#,
    /// )?;
    /// for component in payload.untyped_components()? {
    ///     if let Component::RadioGroup(group) = component {
    ///         assert_eq!((&*group.custom_id, group.value.as_deref()), ("color", Some("green")));
    ///     }
    /// }
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Returns an error if `d` is not JSON, is nested more than 128 levels deep, or is not an object with components
    /// where they belong.
    pub fn untyped_components(&self) -> Result<Vec<Component>, EventError> {
        Component::all_of(&self.as_payload())
            .map_err(|error| EventError::new(self.clone(), Mismatch::of(&error).into()))
    }
}
