//! What a REST request is handled with.

use std::{borrow::Cow, fmt::Display, str::FromStr, time::Instant};

use serde_json::{Map, Value, json};
use twilight_model::id::Id;

use super::{
    error::{ApiError, INVALID_FORM, INVALID_JSON, InvalidForm},
    fields::{self, Field, length_problem},
    multipart::Form,
    percent_encoding,
    request::RestRequest,
    response::RestResponse,
    route::Parameters,
};
use crate::model::Gateway;

/// What a handler returns.
pub(crate) type Outcome = Result<RestResponse, ApiError>;

/// The most characters of a reason in the audit log.
const MAX_REASON_CHARS: usize = 512;

/// What a REST request is handled with.
pub(crate) struct RequestContext<'a> {
    pub(crate) gateway: &'a mut Gateway,
    pub(crate) now: Instant,
    pub(crate) request: &'a RestRequest<'a>,
    /// The names and values of the path's `{…}` parameters.
    pub(super) parameters: Parameters<'a>,
}

impl RequestContext<'_> {
    /// A parameter of the path; empty if the route does not have it.
    pub(crate) fn text(&self, name: &str) -> &str {
        let mut parameters = self.parameters.iter();
        let parameter = parameters.find(|(other, _)| *other == name);
        parameter.map_or("", |(_, value)| value)
    }

    /// Whether the route has a parameter.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.parameters.iter().any(|(other, _)| *other == name)
    }

    /// The id in a parameter of the path.
    pub(crate) fn id<T>(&self, name: &str) -> Result<Id<T>, ApiError> {
        let value = self.text(name);
        value.parse().map_err(|_| not_a(name, value, "snowflake"))
    }

    /// The value of a key of the query.
    pub(crate) fn query(&self, key: &str) -> Option<Cow<'_, str>> {
        let pairs = self.request.query.split('&');
        let mut pairs = pairs.filter_map(|pair| pair.split_once('='));
        let (_, value) = pairs.find(|(name, _)| *name == key)?;
        Some(percent_encoding::decode(value))
    }

    /// Whether a key of the query is true, in any way in which libraries write that.
    pub(crate) fn is_set(&self, key: &str) -> bool {
        let value = self.query(key);
        value.is_some_and(|value| value == "1" || value.eq_ignore_ascii_case("true"))
    }

    /// A number of the query, within bounds.
    pub(crate) fn number<T>(&self, key: &str, min: T, max: T) -> Result<Option<T>, ApiError>
    where
        T: FromStr + PartialOrd + Display,
    {
        let Some(value) = self.query(key) else {
            return Ok(None);
        };
        let number: T = value.parse().map_err(|_| not_a(key, &value, "int"))?;
        if number > max {
            let message = format!("int value should be less than or equal to {max}.");
            return Err(ApiError::invalid_field(key, "NUMBER_TYPE_MAX", &message));
        }
        if number < min {
            let message = format!("int value should be greater than or equal to {min}.");
            return Err(ApiError::invalid_field(key, "NUMBER_TYPE_MIN", &message));
        }
        Ok(Some(number))
    }

    /// The limit of a page: up to `max`, and `default` if the query has none.
    pub(crate) fn limit(&self, max: usize, default: usize) -> Result<usize, ApiError> {
        Ok(self.number("limit", 1, max)?.unwrap_or(default))
    }

    /// An id of the query.
    pub(crate) fn query_id(&self, key: &str) -> Result<Option<u64>, ApiError> {
        match self.query(key) {
            None => Ok(None),
            Some(value) => match value.parse() {
                Ok(id) => Ok(Some(id)),
                Err(_) => Err(not_a(key, &value, "snowflake")),
            },
        }
    }

    /// The JSON of the body.
    pub(crate) fn json(&self) -> Result<Value, ApiError> {
        serde_json::from_slice(self.request.body).map_err(|_| INVALID_JSON)
    }

    /// The body as an object with these fields. An empty body is an empty object.
    pub(crate) fn object(&self, fields: &[Field]) -> Result<Map<String, Value>, ApiError> {
        let body = match self.request.body {
            [] => Map::new(),
            _ => into_object(self.json()?)?,
        };
        fields::check(&body, fields)?;
        Ok(body)
    }

    /// The body as a list of objects with these fields.
    pub(crate) fn objects(&self, fields: &[Field]) -> Result<Vec<Map<String, Value>>, ApiError> {
        let Value::Array(objects) = self.json()? else {
            return Err(ApiError::invalid_field(
                "_body",
                "LIST_TYPE_CONVERT",
                "Only iterables may be used in a ListType",
            ));
        };
        let checked = |object| {
            let object = into_object(object)?;
            fields::check(&object, fields)?;
            Ok(object)
        };
        objects.into_iter().map(checked).collect()
    }

    /// The JSON of a body that may have files. These are attachments of the message in it: of `data` in a response to an
    /// interaction, of `message` in a post of a forum, or of the whole body.
    pub(crate) fn message_body(&self) -> Result<Value, ApiError> {
        let is_form = |it: &&str| it.starts_with("multipart/");
        let Some(content_type) = self.request.content_type.filter(is_form) else {
            return self.json();
        };
        let form = Form::parse(content_type, self.request.body).ok_or(INVALID_FORM)?;
        let Form { mut json, files } = form;
        if !files.is_empty() {
            if json.is_null() {
                json = json!({});
            }
            let nested = ["data", "message"]
                .into_iter()
                .find(|name| json[name].is_object());
            let message = match nested.and_then(|name| json.get_mut(name)) {
                Some(message) => message,
                None => &mut json,
            };
            if message.is_object() {
                attach(message, files);
            }
        }
        Ok(json)
    }

    /// The reason for the audit log.
    pub(crate) fn reason(&self) -> Result<Option<String>, ApiError> {
        let Some(reason) = self.request.audit_log_reason.filter(|it| !it.is_empty()) else {
            return Ok(None);
        };
        let reason = percent_encoding::decode(reason);
        match length_problem(&reason, 0, MAX_REASON_CHARS) {
            None => Ok(Some(reason.into_owned())),
            Some((code, message)) => Err(ApiError::invalid_field(
                "X-Audit-Log-Reason",
                code,
                &message,
            )),
        }
    }
}

/// The object that a body is.
pub(crate) fn into_object(body: Value) -> Result<Map<String, Value>, ApiError> {
    match body {
        Value::Object(body) => Ok(body),
        _ => {
            let mut form = InvalidForm::default();
            let message = "Only dictionaries may be used in a DictType";
            form.add("_body", "DICT_TYPE_CONVERT", message);
            Err(form.into())
        }
    }
}

fn not_a(name: &str, value: &str, what: &str) -> ApiError {
    let shown: String = value.chars().take(64).collect();
    let message = format!("Value \"{shown}\" is not {what}.");
    ApiError::invalid_field(name, "NUMBER_TYPE_COERCE", &message)
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
