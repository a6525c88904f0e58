//! What a REST request is handled with.

use std::{borrow::Cow, time::Instant};

use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::{model::Gateway, server::multipart::Form};

/// What a REST request is handled with.
pub(super) struct RequestContext<'a> {
    pub(super) gateway: &'a mut Gateway,
    pub(super) now: Instant,
    /// The gateway URL that REST returns.
    pub(super) gateway_url: &'a str,
    /// The values of the path's `{…}` parameters, in order.
    pub(super) parameters: Vec<Cow<'a, str>>,
    pub(super) query: &'a str,
    pub(super) content_type: Option<&'a str>,
    pub(super) body: &'a [u8],
}

impl RequestContext<'_> {
    /// Whether a key of the query is true, in any way in which libraries write that.
    pub(super) fn is_set(&self, key: &str) -> bool {
        let pairs = self
            .query
            .split('&')
            .filter_map(|pair| pair.split_once('='));
        let mut values = pairs.filter(|(name, _)| *name == key);
        values.any(|(_, value)| value == "1" || value.eq_ignore_ascii_case("true"))
    }

    /// The JSON of the body; `None` if it is malformed. Files are attachments of the message in it: of `data` in a response
    /// to an interaction, or of the whole body.
    pub(super) fn message_body<T: DeserializeOwned>(&self) -> Option<T> {
        let is_form = |it: &&str| it.starts_with("multipart/");
        let Some(content_type) = self.content_type.filter(is_form) else {
            return serde_json::from_slice(self.body).ok();
        };
        let Form { mut json, files } = Form::parse(content_type, self.body)?;
        if !files.is_empty() {
            if json.is_null() {
                json = json!({});
            }
            let message = match json.get_mut("data") {
                Some(data) if data.is_object() => data,
                _ => &mut json,
            };
            message.as_object()?;
            attach(message, files);
        }
        serde_json::from_value(json).ok()
    }
}

/// Adds uploaded files to the attachments of a message. The message may describe a file, and names it by its number.
fn attach(message: &mut Value, files: Vec<Value>) {
    let described = message["attachments"].take();
    let mut attachments = Vec::new();
    for attachment in described.as_array().into_iter().flatten() {
        let number = &attachment["id"];
        let number = number.as_u64().or_else(|| number.as_str()?.parse().ok());
        let is_upload = number.is_some_and(|number| number < files.len() as u64);
        if !is_upload {
            attachments.push(attachment.clone());
        }
    }
    for (number, mut file) in (0_u64..).zip(files) {
        let is_described = |it: &&Value| {
            it["id"] == number || it["id"].as_str() == Some(number.to_string().as_str())
        };
        let description = described
            .as_array()
            .and_then(|all| all.iter().find(is_described));
        for field in ["filename", "title", "description"] {
            if let Some(value) = description.and_then(|it| it.get(field)) {
                file[field] = value.clone();
            }
        }
        attachments.push(file);
    }
    message["attachments"] = attachments.into();
}
