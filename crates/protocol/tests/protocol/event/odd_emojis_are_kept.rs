//! An emoji of a reaction is either a custom or a standard one. If it is neither, the parser does not say why: the smallest
//! part is changed after which it is one.

use crate::harness::{dispatch_fixture, dispatch_text, parsers};
use RepairKind::{Converted, Defaulted, Removed};
use gloaming_protocol::{Decoded, Event, OwnedPayload, RepairKind};
use serde_json::{Value, json};
use twilight_model::channel::message::EmojiReactionType;
use twilight_model::id::Id;

/// Decodes an event with every parser, and checks the repairs, in the order of the text.
fn repaired(name: &str, data: &str, repairs: &[(&str, RepairKind)]) -> Event {
    let payload = OwnedPayload::parse(dispatch_text(name, 1, data)).unwrap();
    let events = parsers().map(|parser| {
        let Ok(Decoded::Repaired(event)) = payload.event(parser) else {
            panic!("{name} does not match its type, and can be repaired");
        };
        let found: Vec<_> = event
            .repairs()
            .iter()
            .map(|r| (r.path(), r.kind()))
            .collect();
        assert_eq!(found, repairs, "{name}");
        event.into_parts().0
    });
    events.last().expect("a parser")
}

fn unicode(name: &str) -> EmojiReactionType {
    EmojiReactionType::Unicode {
        name: name.to_owned(),
    }
}

#[test]
fn custom_emoji_keeps_its_id() {
    let data = r#"{"user_id":"1","channel_id":"2","message_id":"3","burst":false,
        "emoji":{"id":"5","animated":"yes","name":null}}"#;
    let repairs = [("emoji.animated", Removed)];
    let Event::ReactionAdd(reaction) = repaired("MESSAGE_REACTION_ADD", data, &repairs) else {
        panic!("it is a reaction");
    };
    let custom = EmojiReactionType::Custom {
        animated: false,
        id: Id::new(5),
        name: None,
    };
    assert_eq!(reaction.emoji, custom);
}

#[test]
fn emoji_is_repaired_although_the_reaction_lacks_a_member() {
    let data = r#"{"user_id":"1","channel_id":"2","message_id":"3","emoji":{"id":null,"name":5}}"#;
    let repairs = [("emoji.name", Converted), ("burst", Defaulted)];
    let Event::ReactionAdd(reaction) = repaired("MESSAGE_REACTION_ADD", data, &repairs) else {
        panic!("it is a reaction");
    };
    assert_eq!((&reaction.emoji, reaction.burst), (&unicode("5"), false));
}

/// The name of a deleted emoji is `null`.
#[test]
fn reactions_with_deleted_emojis_are_kept() {
    let with_emoji = |emoji: Value| {
        let mut message: Value = serde_json::from_str(&dispatch_fixture("MESSAGE_CREATE")).unwrap();
        message["reactions"][0]["emoji"] = emoji;
        message.to_string()
    };
    for emoji in [
        json!({"id": null, "name": null}),
        json!({"id": null}),
        json!({}),
    ] {
        let repairs = [("reactions[0].emoji.name", Defaulted)];
        let Event::MessageCreate(message) =
            repaired("MESSAGE_CREATE", &with_emoji(emoji), &repairs)
        else {
            panic!("it is a message");
        };
        assert_eq!(message.reactions[0].emoji, unicode(""));
    }
}
