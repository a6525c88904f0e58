//! Answers to HTTP requests.

use serde_json::{Value, json};

/// A status and a body.
#[derive(Debug)]
pub(super) struct Reply {
    status: &'static str,
    /// None goes with a status that says so.
    body: Option<Value>,
}

impl Reply {
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

    pub(super) fn refusal(status: &'static str) -> Self {
        let message = status.replacen(' ', ": ", 1);
        Self::refused_because(status, &message)
    }

    /// Refused, with a reason in words.
    pub(super) fn refused_because(status: &'static str, reason: &str) -> Self {
        Self::refused_with_code(status, 0, reason)
    }

    /// Refused, with one of Discord's error codes.
    pub(super) fn refused_with_code(status: &'static str, code: u32, reason: &str) -> Self {
        Self {
            status,
            body: Some(json!({"message": reason, "code": code})),
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
