//! The value of a command's option has the type that the option has.

use crate::harness::dispatch_text;
use gloaming_protocol::Payload;
use gloaming_protocol::view::{CommandValueView, EventView, ViewError};
use twilight_model::application::command::CommandOptionType;

/// Reads the first option of an interaction, and says what its value is.
fn value(option: &str) -> Result<String, ViewError> {
    let data = format!(
        r#"{{"id":"1","application_id":"2","type":2,"token":"t","version":1,"channel_id":"4",
            "data":{{"id":"3","name":"find","type":1,"options":[{option}]}}}}"#
    );
    let text = dispatch_text("INTERACTION_CREATE", 7, &data);
    let payload = Payload::parse(&text).unwrap();
    let Ok(EventView::InteractionCreate(interaction)) = payload.view() else {
        panic!("the event is an interaction");
    };
    let data = interaction.data()?.expect("a command has data");
    let option = data.options()?.next().expect("an option")?;
    Ok(match option.value()? {
        CommandValueView::Attachment(id) => format!("attachment {id}"),
        CommandValueView::Boolean(value) => format!("boolean {value}"),
        CommandValueView::Channel(id) => format!("channel {id}"),
        CommandValueView::Focused(text, kind) => format!("focused {kind:?} {text}"),
        CommandValueView::Integer(value) => format!("integer {value}"),
        CommandValueView::Mentionable(id) => format!("mentionable {id}"),
        CommandValueView::Number(value) => format!("number {value}"),
        CommandValueView::Role(id) => format!("role {id}"),
        CommandValueView::String(text) => format!("string {text}"),
        CommandValueView::SubCommand(options) => format!("subcommand {options:?}"),
        CommandValueView::SubCommandGroup(options) => format!("group {options:?}"),
        CommandValueView::User(id) => format!("user {id}"),
    })
}

#[test]
fn each_type_has_its_value() {
    for (option, expected) in [
        (r#""type":3,"value":"a\tb""#, "string a\tb"),
        (r#""type":4,"value":-5"#, "integer -5"),
        (r#""type":5,"value":true"#, "boolean true"),
        (r#""type":6,"value":"6""#, "user 6"),
        (r#""type":7,"value":"7""#, "channel 7"),
        (r#""type":8,"value":"8""#, "role 8"),
        (r#""type":9,"value":"9""#, "mentionable 9"),
        (r#""type":10,"value":1.5"#, "number 1.5"),
        (r#""type":11,"value":"11""#, "attachment 11"),
    ] {
        let option = format!(r#"{{"name":"o",{option}}}"#);
        assert_eq!(value(&option).unwrap(), expected, "{option}");
    }
}

#[test]
fn subcommands_have_options() {
    for (kind, expected) in [(1, "subcommand ["), (2, "group [")] {
        let option = format!(
            r#"{{"name":"o","type":{kind},"options":[{{"name":"inner","type":3,"value":"v"}}]}}"#
        );
        let found = value(&option).unwrap();
        assert!(found.starts_with(expected), "{found}");
        assert!(found.contains("inner"), "{found}");
    }
}

#[test]
fn focused_option_has_what_was_entered() {
    for (entered, expected) in [
        (r#""so f\u0061r""#, "so far"),
        ("12", "12"),
        ("1.5", "1.5"),
        ("false", "false"),
    ] {
        let option = format!(r#"{{"name":"o","type":4,"focused":true,"value":{entered}}}"#);
        let kind = CommandOptionType::Integer;
        assert_eq!(
            value(&option).unwrap(),
            format!("focused {kind:?} {expected}")
        );
    }
}

#[test]
fn values_of_other_types_are_errors() {
    for option in [
        r#""type":3,"value":5"#,
        r#""type":4,"value":"5""#,
        r#""type":5,"value":"true""#,
        r#""type":6,"value":"someone""#,
        r#""type":6"#,
        r#""type":10,"value":[]"#,
        r#""type":99,"value":"9""#,
        r#""type":4,"focused":true,"value":[]"#,
    ] {
        let option = format!(r#"{{"name":"o",{option}}}"#);
        assert!(value(&option).is_err(), "{option}");
    }
}
