use super::{ObjectView, ViewError};
use crate::dispatch::DispatchKind;
use crate::envelope::Payload;
use crate::opcode::OpCode;

/// A payload that has no view of its own: its name, and its JSON.
///
/// ```
/// use gloaming_protocol::{Payload, view::EventView};
///
/// let payload = Payload::parse(r#"{"t":"BRAND_NEW","s":7,"op":0,"d":{"level":3}}"#)?;
/// let EventView::Other(event) = payload.view()? else {
///     panic!("the name is not documented");
/// };
/// assert_eq!(event.name(), Some("BRAND_NEW"));
/// assert_eq!(event.object()?.required::<u64>("level")?, 3);
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct OtherView<'a> {
    payload: Payload<'a>,
}

impl<'a> OtherView<'a> {
    pub(super) const fn new(payload: Payload<'a>) -> Self {
        Self { payload }
    }

    /// The opcode, which is [`OpCode::Dispatch`] for events.
    #[must_use]
    pub const fn op(&self) -> OpCode {
        self.payload.op()
    }

    /// The name, if it has one.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.payload.name()
    }

    /// The documented or announced event with this name, or `None` if the name is new.
    #[must_use]
    pub const fn kind(&self) -> Option<DispatchKind> {
        self.payload.kind()
    }

    /// The JSON of `d`; see [`Payload::data`].
    #[must_use]
    pub fn data(&self) -> &'a str {
        self.payload.data()
    }

    /// Scans `d` as an object, whose members are read on demand.
    ///
    /// # Errors
    ///
    /// Returns an error if `d` is not an object.
    pub fn object(&self) -> Result<ObjectView<'a>, ViewError> {
        self.payload.object()
    }

    /// The whole payload.
    #[must_use]
    pub const fn payload(&self) -> &Payload<'a> {
        &self.payload
    }
}
