//! Making a view and reading ids, numbers and plain strings allocates nothing.

use crate::harness::{dispatch_fixture, dispatch_text};
use gloaming_protocol::view::{EventView, ViewError};
use gloaming_protocol::{DispatchKind, Payload};
use serde_json::Value;

/// As the gateway sends it.
const MESSAGE: &str = include_str!("../../fixtures/view/message.json");

fn allocations(text: &str, read: impl FnOnce(&Payload<'_>) -> Result<(), ViewError>) -> u64 {
    let mut result = Ok(());
    let info = allocation_counter::measure(|| {
        let payload = Payload::parse(text).unwrap();
        result = read(&payload);
    });
    result.unwrap_or_else(|error| panic!("{error}: {text}"));
    info.count_total
}

#[test]
fn message_is_read_without_an_allocation() {
    let read = |payload: &Payload<'_>| {
        let Ok(EventView::MessageCreate(message)) = payload.view() else {
            panic!("the event is a message");
        };
        assert!(message.id()?.get() > 0 && message.channel_id()?.get() > 0);
        assert!(message.guild_id()?.is_some() && !message.tts()?);
        assert_eq!(message.content()?, "Has anyone seen my keys?");
        assert_eq!(message.author()?.id()?.get(), 53_908_232_506_183_680);
        assert_eq!(message.author()?.name()?, "nelly");
        assert_eq!(message.timestamp()?.as_secs(), 1_715_949_296);
        for role in message.member()?.expect("there is a guild").roles()? {
            assert!(role?.get() > 0);
        }
        for user in message.mentions()? {
            assert!(user?.member()?.is_some());
        }
        assert!(message.referenced_message()?.is_none());
        let view = payload.view()?;
        assert!(
            view.guild_id().is_some() && view.channel_id().is_some() && view.user_id().is_some()
        );
        Ok(())
    };
    let text = dispatch_text("MESSAGE_CREATE", 7, MESSAGE);
    assert_eq!(allocations(&text, read), 0);
}

#[test]
fn view_of_each_event_but_guilds_is_made_without_an_allocation() {
    for kind in EventView::KINDS {
        let documented: Value = serde_json::from_str(&dispatch_fixture(kind.name())).unwrap();
        let text = dispatch_text(kind.name(), 7, &documented.to_string());
        let count = allocations(&text, |payload| payload.view().map(drop));
        let is_guild = matches!(kind, DispatchKind::GuildCreate | DispatchKind::GuildUpdate);
        assert_eq!(count > 0, is_guild, "{kind}: {count} allocations");
    }
}

#[test]
fn event_without_a_view_is_returned_without_an_allocation() {
    let text = dispatch_text("BRAND_NEW", 7, MESSAGE);
    let read = |payload: &Payload<'_>| match payload.view()? {
        EventView::Other(event) => {
            assert_eq!(event.name(), Some("BRAND_NEW"));
            assert!(event.object()?.get("id").is_some());
            Ok(())
        }
        event => panic!("{event:?}"),
    };
    assert_eq!(allocations(&text, read), 0);
}
