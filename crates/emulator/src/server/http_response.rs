//! HTTP responses.

use serde_json::{Value, json};

/// A status and a body.
#[derive(Debug)]
pub(super) struct HttpResponse {
    status: &'static str,
    /// `None` only if the status implies an empty body.
    body: Option<Value>,
}

impl HttpResponse {
    pub(super) const fn ok(body: Value) -> Self {
        Self {
            status: "200 OK",
            body: Some(body),
        }
    }

    pub(super) const fn created(body: Value) -> Self {
        Self {
            status: "201 Created",
            body: Some(body),
        }
    }

    pub(super) const fn no_content() -> Self {
        Self {
            status: "204 No Content",
            body: None,
        }
    }

    /// An error whose message is its status.
    pub(super) fn error(status: &'static str) -> Self {
        let message = status.replacen(' ', ": ", 1);
        Self::error_with_message(status, &message)
    }

    pub(super) fn error_with_message(status: &'static str, message: &str) -> Self {
        Self::error_with_code(status, 0, message)
    }

    /// An error with one of Discord's error codes.
    pub(super) fn error_with_code(status: &'static str, code: u32, message: &str) -> Self {
        Self {
            status,
            body: Some(json!({"message": message, "code": code})),
        }
    }

    pub(super) fn to_http(&self) -> String {
        let Self { status, body } = self;
        match body {
            None => format!("HTTP/1.1 {status}\r\nconnection: close\r\n\r\n"),
            Some(body) => {
                let body = body.to_string();
                format!(
                    "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
                    body.len()
                )
            }
        }
    }
}
