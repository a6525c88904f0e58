//! How long events take from Discord to the consumer.

use crate::{Event, Item, driver::clock};
use std::time::Duration;

/// Of the events that one consumer takes without a pause, one in this many is measured, since the clock costs more than all
/// else that is done for an event here.
const SAMPLED_OF: u32 = 64;

/// The milliseconds from the Unix epoch to the one of Discord's ids.
const DISCORD_EPOCH: u64 = 1_420_070_400_000;

/// Chooses the events that are measured: the first after each pause, and one in [`SAMPLED_OF`].
#[derive(Debug)]
pub(super) struct LagSampler {
    skipped: u32,
}

impl LagSampler {
    pub(super) const fn new() -> Self {
        Self { skipped: 0 }
    }

    /// The consumer waits for the next item.
    pub(super) const fn paused(&mut self) {
        self.skipped = 0;
    }

    /// Returns the lag of the item that is delivered now, if it is measured.
    pub(super) fn delivered(&mut self, item: &Item) -> Option<Duration> {
        let id = created_id(item)?;
        let is_measured = self.skipped == 0;
        self.skipped = (self.skipped + 1) % SAMPLED_OF;
        is_measured.then(|| lag(id, clock::since_unix_epoch()))
    }
}

/// Returns the id of the object that was created right before the event. Ids contain the time of their creation.
fn created_id(item: &Item) -> Option<u64> {
    let event = match item {
        Item::Event(event) => event,
        Item::EventWithPayload(event) => event.event(),
        _ => return None,
    };
    match event {
        Event::MessageCreate(message) => Some(message.id.get()),
        Event::InteractionCreate(interaction) => Some(interaction.id.get()),
        _ => None,
    }
}

fn lag(id: u64, now: Duration) -> Duration {
    let created = Duration::from_millis((id >> 22) + DISCORD_EPOCH);
    now.saturating_sub(created)
}

#[cfg(test)]
mod tests {
    use super::{LagSampler, SAMPLED_OF, lag};
    use crate::{Event, Item, JsonParser, Payload, machine::Lifecycle};
    use gloaming_protocol::{Decoded, decode_event};
    use std::time::Duration;

    const MESSAGE: &str = r#"{"t":"MESSAGE_CREATE","s":2,"op":0,"d":{"id":"175928847299117063","channel_id":"3",
        "author":{"id":"4","username":"u","discriminator":"0","avatar":null},"content":"c",
        "timestamp":"2016-04-30T11:18:25.796000+00:00","edited_timestamp":null,"tts":false,"mention_everyone":false,
        "mentions":[],"mention_roles":[],"attachments":[],"embeds":[],"pinned":false,"type":0}}"#;

    fn message() -> Item {
        let payload = Payload::parse(MESSAGE).unwrap();
        match decode_event(&payload, JsonParser::Serde) {
            Ok(Decoded::Event(event @ Event::MessageCreate(_))) => Item::Event(event),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn lag_is_from_the_timestamp_in_the_id() {
        // The example of Discord's documentation: 2016-04-30 11:18:25.796 UTC.
        let created = Duration::from_millis(1_462_015_105_796);
        let id = 175_928_847_299_117_063;
        let late = Duration::from_millis(250);
        assert_eq!(lag(id, created + late), late);
        assert_eq!(
            lag(id, created - late),
            Duration::ZERO,
            "a clock that is behind"
        );
    }

    #[test]
    fn first_event_after_a_pause_is_measured_and_then_one_in_many() {
        let mut sampler = LagSampler::new();
        let message = message();
        let measured = |sampler: &mut LagSampler, events: u32| {
            (0..events)
                .filter(|_| sampler.delivered(&message).is_some())
                .count()
        };
        assert_eq!(measured(&mut sampler, SAMPLED_OF), 1);
        assert_eq!(measured(&mut sampler, 3 * SAMPLED_OF), 3);
        assert_eq!(measured(&mut sampler, 2), 1);
        sampler.paused();
        assert_eq!(measured(&mut sampler, 2), 1);
    }

    #[test]
    fn items_without_a_time_are_not_measured() {
        let mut sampler = LagSampler::new();
        let item = Item::Lifecycle(Lifecycle::AwaitingPermit);
        assert_eq!(sampler.delivered(&item), None);
        assert!(sampler.delivered(&message()).is_some());
    }
}
