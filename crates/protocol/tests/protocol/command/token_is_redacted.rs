//! The token appears in sent payloads only.

use gloaming_protocol::{Identify, Intents, Token, default_identify_properties, encode_resume};

const SECRET: &str = "MTIzNDU2Nzg5.secret.token";

#[test]
fn debug_does_not_contain_the_token() {
    let token = Token::new(format!("Bot {SECRET}"));
    let properties = default_identify_properties();
    let identify = Identify::new(&token, &properties, Intents::GUILDS);
    for shown in [
        format!("{token:?}"),
        format!("{token:#?}"),
        format!("{identify:?}"),
        format!("{identify:#?}"),
    ] {
        assert!(
            !shown.contains(SECRET) && !shown.contains("secret"),
            "{shown}"
        );
    }
}

#[test]
fn errors_do_not_contain_the_token() {
    let token = Token::new(SECRET.repeat(400));
    let properties = default_identify_properties();
    let identify = Identify::new(&token, &properties, Intents::GUILDS);
    for error in [
        identify.encode().unwrap_err(),
        encode_resume(&token, "id", 1).unwrap_err(),
    ] {
        let shown = format!("{error} {error:?} {error:#?}");
        assert!(!shown.contains("secret"), "{shown}");
    }
}

#[test]
fn sent_payloads_contain_the_token() {
    let token = Token::new(SECRET);
    let properties = default_identify_properties();
    let identify = Identify::new(&token, &properties, Intents::GUILDS)
        .encode()
        .unwrap();
    let resume = encode_resume(&token, "id", 1).unwrap();
    let field = format!(r#""token":"{SECRET}""#);
    assert!(identify.contains(&field) && resume.contains(&field));
}
