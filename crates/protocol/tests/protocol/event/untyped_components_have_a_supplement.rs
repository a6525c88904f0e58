//! A component without a type in twilight-model is found in the payload of its event.

use crate::harness::{dispatch_fixture, dispatch_text, fixture, parsers};
use gloaming_protocol::supplement::{Component, RadioGroup};
use gloaming_protocol::{Decoded, DispatchKind, Event, OwnedPayload};
use serde_json::{Value, json};
use twilight_model::application::interaction::InteractionData;
use twilight_model::application::interaction::modal::ModalInteractionComponent;

fn odd(name: &str) -> OwnedPayload {
    let text = String::from_utf8(fixture(&format!("odd/{name}.json"))).unwrap();
    OwnedPayload::parse(text.trim_end()).unwrap()
}

fn payload(name: &str, data: &Value) -> OwnedPayload {
    OwnedPayload::parse(dispatch_text(name, 7, &data.to_string())).unwrap()
}

fn submitted(components: &Value) -> OwnedPayload {
    let data = json!({"type": 5, "data": {"custom_id": "m", "components": components}});
    payload("INTERACTION_CREATE", &data)
}

fn group(component: &Component) -> &RadioGroup {
    match component {
        Component::RadioGroup(group) => group,
        other => panic!("{other:?}"),
    }
}

/// Returns the custom id, or else the type, of each component.
fn names(payload: &OwnedPayload) -> Vec<String> {
    let components = payload.untyped_components().unwrap();
    let name = |component: &Component| match component {
        Component::RadioGroup(group) => group.custom_id.clone(),
        Component::Other(other) => match &other.custom_id {
            Some(custom_id) => custom_id.clone(),
            None => other.kind.to_string(),
        },
        other => panic!("{other:?}"),
    };
    components.iter().map(name).collect()
}

#[test]
fn answer_in_a_radio_group_is_found() {
    let payload = odd("modal-radio-group.interaction");
    let components = payload.untyped_components().unwrap();
    let [component] = &*components else {
        panic!("{components:?}");
    };
    let group = group(component);
    assert_eq!((group.id, &*group.custom_id), (Some(2), "pick"));
    assert_eq!(group.value.as_deref(), Some("option_b"));

    // The typed event has only its type. If twilight-model gets one for it, this supplement is of no use.
    for parser in parsers() {
        let Ok(Decoded::Event(Event::InteractionCreate(event))) = payload.event(parser) else {
            panic!("the event fits its type");
        };
        let Some(InteractionData::ModalSubmit(modal)) = &event.data else {
            panic!("it is a submitted modal");
        };
        let [ModalInteractionComponent::Label(label)] = &*modal.components else {
            panic!("{:?}", modal.components);
        };
        assert_eq!(*label.component, ModalInteractionComponent::Unknown(21));
    }
}

#[test]
fn radio_group_may_be_without_a_selection() {
    for group in [
        json!({"type": 21, "id": 1, "custom_id": "pick", "value": null}),
        json!({"type": 21, "custom_id": "pick"}),
    ] {
        let components = submitted(&json!([group])).untyped_components().unwrap();
        assert_eq!(self::group(&components[0]).value, None);
    }
}

#[test]
fn component_without_documentation_is_found_in_a_message() {
    let components = odd("component-16.message").untyped_components().unwrap();
    let [Component::Other(other)] = &*components else {
        panic!("{components:?}");
    };
    assert_eq!((other.kind, &other.custom_id), (16, &None));
    let json: Value = serde_json::from_str(&other.json).unwrap();
    assert_eq!(json["content_inventory_entry"]["content_type"], 3);
}

#[test]
fn components_are_found_at_any_depth_in_the_order_of_the_text() {
    let radio = |custom_id: &str| json!({"type": 21, "custom_id": custom_id, "value": "v"});
    let label = |component: Value| json!({"type": 18, "component": component});
    let payload = submitted(&json!([
        label(radio("a")),
        {"type": 1, "components": [radio("b"), {"type": 4, "custom_id": "text", "value": "v"}]},
        {"type": 17, "components": [{"type": 9, "components": [{"type": 10}], "accessory": radio("c")}]},
        label(json!({"type": 22, "custom_id": "known", "values": ["v"]})),
        label(json!({"type": 23, "custom_id": "known", "value": true})),
        {"type": 24, "components": [radio("d")]},
        label(json!({"type": 300, "custom_id": "e"})),
    ]));
    assert_eq!(names(&payload), ["a", "b", "c", "24", "d", "e"]);
    let message = json!({"components": [{"type": 20}, radio("a")]});
    for name in ["MESSAGE_CREATE", "MESSAGE_UPDATE"] {
        assert_eq!(names(&self::payload(name, &message)), ["20", "a"]);
    }
}

#[test]
fn component_that_does_not_match_its_type_keeps_its_json() {
    let odd = json!({"type": 21, "custom_id": "pick", "value": ["a", "b"]});
    let components = submitted(&json!([odd])).untyped_components().unwrap();
    let [Component::Other(other)] = &*components else {
        panic!("{components:?}");
    };
    assert_eq!((other.kind, other.custom_id.as_deref()), (21, Some("pick")));
    assert_eq!(serde_json::from_str::<Value>(&other.json).unwrap(), odd);
}

#[test]
fn documented_events_have_only_typed_components() {
    for kind in DispatchKind::ALL {
        let text = dispatch_text(kind.name(), 7, &dispatch_fixture(kind.name()));
        let payload = OwnedPayload::parse(text).unwrap();
        assert_eq!(payload.untyped_components().unwrap(), [], "{kind}");
    }
    for data in [
        json!({"data": null}),
        json!({"data": {"components": null}}),
        json!({}),
    ] {
        let payload = payload("INTERACTION_CREATE", &data);
        assert_eq!(payload.untyped_components().unwrap(), []);
    }
}

#[test]
fn nesting_without_end_is_an_error() {
    let nested = |levels| {
        let (start, end) = (
            r#"{"type":18,"component":"#.repeat(levels),
            "}".repeat(levels),
        );
        let radio = r#"{"type":21,"custom_id":"a","value":"v"}"#;
        let data = format!(r#"{{"data":{{"components":[{start}{radio}{end}]}}}}"#);
        OwnedPayload::parse(dispatch_text("INTERACTION_CREATE", 7, &data)).unwrap()
    };
    assert_eq!(names(&nested(100)), ["a"]);
    let payload = nested(10_000);
    let error = payload.untyped_components().unwrap_err();
    assert_eq!(error.payload().text(), payload.text());
    let data = json!({"data": []});
    assert!(
        self::payload("INTERACTION_CREATE", &data)
            .untyped_components()
            .is_err()
    );
}
