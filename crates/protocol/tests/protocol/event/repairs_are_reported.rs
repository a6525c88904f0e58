//! The report of repairs names the event and the changes, and keeps the payload.

use crate::harness::{dispatch_text, parsers};
use gloaming_protocol::{Decoded, DispatchKind, OwnedPayload, RepairReport};

/// Decodes an event that needs repairs, with every parser.
fn reports(text: &str) -> impl Iterator<Item = RepairReport> {
    let payload = OwnedPayload::parse(text).unwrap();
    parsers().map(move |parser| match payload.event(parser) {
        Ok(Decoded::Repaired(event)) => event.into_parts().1,
        other => panic!("the event does not match its type: {other:?}"),
    })
}

#[test]
fn report_keeps_name_sequence_number_and_payload() {
    let data = r#"{"channel_id":"1","user_id":"2","timestamp":"1700000000"}"#;
    let text = dispatch_text("TYPING_START", 1337, data);
    for report in reports(&text) {
        assert_eq!(report.name(), Some("TYPING_START"));
        assert_eq!(report.event_kind(), Some(DispatchKind::TypingStart));
        assert_eq!(report.sequence(), Some(1337));
        assert_eq!(report.payload().data(), data);
        assert_eq!(report.into_payload().text(), text);
    }
}

#[test]
fn text_of_a_report_lists_the_first_changes() {
    let presence = |start, end, size| {
        let activity = format!(
            r#"{{"name":"n","type":0,"timestamps":{{"start":{start},"end":{end}}},"party":{{"size":{size}}}}}"#
        );
        let data = format!(
            r#"{{"user":{{"id":"1"}},"guild_id":"2","status":"online","client_status":{{}},"activities":[{activity}]}}"#
        );
        dispatch_text("PRESENCE_UPDATE", 1337, &data)
    };
    let start = "the event PRESENCE_UPDATE (sequence 1337) did not match its type and was repaired: \
                 activities[0].timestamps.start converted";
    let end = ", activities[0].timestamps.end converted";
    let size = ", activities[0].party.size[0] converted";
    for (text, expected) in [
        (presence(r#""5""#, "6", "[1,4]"), start.to_owned()),
        (
            presence(r#""5""#, r#""6""#, r#"["1",4]"#),
            format!("{start}{end}{size}"),
        ),
        (
            presence(r#""5""#, r#""6""#, r#"["1","4"]"#),
            format!("{start}{end}{size} and 1 more"),
        ),
    ] {
        for report in reports(&text) {
            assert_eq!(report.to_string(), expected);
        }
    }
}

#[test]
fn text_of_a_report_without_a_sequence_number_does_not_mention_it() {
    let text =
        r#"{"t":"TYPING_START","op":0,"d":{"channel_id":"1","user_id":"2","timestamp":"17"}}"#;
    for report in reports(text) {
        let expected =
            "the event TYPING_START did not match its type and was repaired: timestamp converted";
        assert_eq!(report.to_string(), expected);
        assert_eq!(report.sequence(), None);
    }
}
