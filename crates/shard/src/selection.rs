//! Which events a consumer receives, and in which form.

use crate::Config;
use gloaming_protocol::{EventTypeFlags, JsonParser};

/// Which events are delivered, with which of their payloads, and what parses them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Selection {
    pub(crate) events: EventTypeFlags,
    pub(crate) keep_payloads: EventTypeFlags,
    pub(crate) parser: JsonParser,
}

impl Selection {
    /// Selects these events, with the settings of a configuration.
    pub(crate) const fn new(events: EventTypeFlags, config: &Config) -> Self {
        Self {
            events,
            keep_payloads: config.keep_payloads(),
            parser: config.json_parser(),
        }
    }
}
