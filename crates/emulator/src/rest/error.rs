//! Errors of REST, with the codes of Discord's documentation.

use serde_json::{Map, Value, json};

use super::response::RestResponse;

/// Why a request is rejected: a status, one of Discord's JSON error codes, and its text.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ApiError {
    status: u16,
    code: u32,
    message: &'static str,
    /// What is wrong with each field of a body or of a query.
    fields: Option<Value>,
}

macro_rules! api_errors {
    ($($name:ident: $status:literal $code:literal $message:literal;)*) => {
        $(pub(crate) const $name: ApiError = ApiError::new($status, $code, $message);)*
    };
}

api_errors! {
    UNAUTHORIZED: 401 0 "401: Unauthorized";
    NOT_FOUND: 404 0 "404: Not Found";
    METHOD_NOT_ALLOWED: 405 0 "405: Method Not Allowed";
    UNKNOWN_CHANNEL: 404 10003 "Unknown Channel";
    UNKNOWN_GUILD: 404 10004 "Unknown Guild";
    UNKNOWN_INVITE: 404 10006 "Unknown Invite";
    UNKNOWN_MEMBER: 404 10007 "Unknown Member";
    UNKNOWN_MESSAGE: 404 10008 "Unknown Message";
    UNKNOWN_ROLE: 404 10011 "Unknown Role";
    UNKNOWN_USER: 404 10013 "Unknown User";
    UNKNOWN_EMOJI: 400 10014 "Unknown Emoji";
    UNKNOWN_WEBHOOK: 404 10015 "Unknown Webhook";
    UNKNOWN_BAN: 404 10026 "Unknown Ban";
    UNKNOWN_INTERACTION: 404 10062 "Unknown interaction";
    UNKNOWN_COMMAND: 404 10063 "Unknown application command";
    TOO_MANY_ROLES: 400 30005 "Maximum number of guild roles reached (250)";
    TOO_MANY_WEBHOOKS: 400 30007 "Maximum number of webhooks reached (15)";
    TOO_MANY_REACTIONS: 400 30010 "Maximum number of reactions reached (20)";
    TOO_MANY_CHANNELS: 400 30013 "Maximum number of guild channels reached (500)";
    TOO_MANY_INVITES: 400 30016 "Maximum number of invites reached (1000)";
    TOO_MANY_PINS: 400 30003 "Maximum number of pins reached for the channel (250)";
    NOT_CONNECTED_TO_VOICE: 400 40032 "Target user is not connected to voice.";
    ALREADY_ACKNOWLEDGED: 400 40060 "Interaction has already been acknowledged.";
    THREAD_ALREADY_CREATED: 400 160_004 "A thread has already been created for this message";
    MISSING_ACCESS: 403 50001 "Missing Access";
    OF_OTHER_AUTHOR: 403 50005 "Cannot edit a message authored by another user";
    EMPTY_MESSAGE: 400 50006 "Cannot send an empty message";
    CANNOT_MESSAGE_USER: 400 50007 "Cannot send messages to this user";
    NOT_A_TEXT_CHANNEL: 400 50008 "Cannot send messages in a non-text channel";
    INVALID_TOKEN: 401 50027 "Invalid Webhook Token";
    INVALID_BULK_DELETE: 400 50016 "Provided too few or too many messages to delete. Must provide at least 2 and fewer than 100 messages to delete";
    WRONG_CHANNEL_TYPE: 400 50024 "Cannot execute action on this channel type";
    INVALID_ROLE: 400 50028 "Invalid Role";
    INVALID_FORM: 400 50035 "Invalid Form Body";
    INVALID_JSON: 400 50109 "The request body contains invalid JSON.";
    BULK_BAN_FAILED: 400 500_000 "Failed to ban users";
}

impl ApiError {
    const fn new(status: u16, code: u32, message: &'static str) -> Self {
        Self {
            status,
            code,
            message,
            fields: None,
        }
    }

    /// The form is invalid for one reason.
    pub(crate) fn invalid_field(name: &str, code: &str, message: &str) -> Self {
        let mut form = InvalidForm::default();
        form.add(name, code, message);
        form.into()
    }

    pub(crate) fn into_response(self) -> RestResponse {
        let mut body = json!({"message": self.message, "code": self.code});
        if let Some(fields) = self.fields {
            body["errors"] = fields;
        }
        RestResponse::json(self.status, body)
    }
}

/// What is wrong with the fields of a form, as Discord writes it:
/// `{"name": {"_errors": [{"code": "BASE_TYPE_REQUIRED", "message": "This field is required"}]}}`.
#[derive(Debug, Default)]
pub(crate) struct InvalidForm(Map<String, Value>);

impl InvalidForm {
    /// Adds a reason. `path` separates the names of nested fields with a dot.
    pub(crate) fn add(&mut self, path: &str, code: &str, message: &str) {
        let mut fields = &mut self.0;
        for name in path.split('.') {
            let nested = fields.entry(name).or_insert_with(|| json!({}));
            let Value::Object(nested) = nested else {
                return;
            };
            fields = nested;
        }
        let errors = fields.entry("_errors").or_insert_with(|| json!([]));
        if let Value::Array(errors) = errors {
            errors.push(json!({"code": code, "message": message}));
        }
    }

    /// `Err` if anything is wrong.
    pub(crate) fn check(self) -> Result<(), ApiError> {
        if self.0.is_empty() {
            return Ok(());
        }
        Err(self.into())
    }
}

impl From<InvalidForm> for ApiError {
    fn from(form: InvalidForm) -> Self {
        Self {
            fields: Some(form.0.into()),
            ..INVALID_FORM
        }
    }
}
