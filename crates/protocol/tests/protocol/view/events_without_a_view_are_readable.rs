//! Events without a view, and objects of which any member may be asked for.

use crate::harness::dispatch_text;
use gloaming_protocol::view::{EventView, ViewErrorKind};
use gloaming_protocol::{DispatchKind, OpCode, Payload};

const DATA: &str = r#"{"a":1,"b":{},"ke\u0079":true}"#;

#[test]
fn name_and_data_of_an_unknown_event() {
    for (name, kind) in [
        ("BRAND_NEW", None),
        ("INTEGRATION_CREATE", Some(DispatchKind::IntegrationCreate)),
    ] {
        let text = dispatch_text(name, 7, DATA);
        let payload = Payload::parse(&text).unwrap();
        let Ok(EventView::Other(event)) = payload.view() else {
            panic!("{name} has no view");
        };
        assert_eq!(
            (event.op(), event.name(), event.kind(), event.data()),
            (OpCode::Dispatch, Some(name), kind, DATA)
        );
    }
}

#[test]
fn members_of_an_object() {
    let text = dispatch_text("BRAND_NEW", 7, DATA);
    let payload = Payload::parse(&text).unwrap();
    let Ok(EventView::Other(event)) = payload.view() else {
        panic!("the event has no view");
    };
    let object = event.object().unwrap();
    assert_eq!((object.len(), object.is_empty()), (3, false));
    assert_eq!(object.json(), DATA);
    assert_eq!(format!("{object:?}"), r#"{"a", "b", "key"}"#);
    let members = object
        .iter()
        .map(|(name, value)| format!("{name}={}", value.json()));
    assert_eq!(Vec::from_iter(members), ["a=1", "b={}", "key=true"]);
    let empty = object.get("b").unwrap().object().unwrap();
    assert_eq!((empty.len(), empty.is_empty()), (0, true));
    assert_eq!(empty.json(), "{}");
}

#[test]
fn error_says_what_was_found() {
    let data = r#"{"x":[{},[],"s",true,false,null,-1,2]}"#;
    let text = dispatch_text("BRAND_NEW", 7, data);
    let payload = Payload::parse(&text).unwrap();
    let Ok(EventView::Other(event)) = payload.view() else {
        panic!("the event has no view");
    };
    let list = event.object().unwrap().get("x").unwrap();
    let values = list
        .list::<gloaming_protocol::view::ValueView<'_>>()
        .unwrap();
    let expected = [
        "an object",
        "a list",
        "a string",
        "a boolean",
        "a boolean",
        "null",
        "a number",
        "a number",
    ];
    for (value, found) in values.zip(expected) {
        let error = value.unwrap().mismatch("a color");
        assert_eq!(error.kind(), ViewErrorKind::Mismatch);
        let text = error.to_string();
        assert!(
            text.contains(&format!("expected a color, found {found}")),
            "{text}"
        );
    }
}
