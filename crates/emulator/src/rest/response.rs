//! Responses of REST.

use serde_json::{Value, json};

/// A response of REST: a status, headers and a body.
#[derive(Clone, Debug, PartialEq)]
pub struct RestResponse {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: RestBody,
}

/// The body of a response.
#[derive(Clone, Debug, PartialEq)]
enum RestBody {
    /// The status implies an empty body.
    Empty,
    Json(Value),
    /// A page, as a proxy in front of Discord sends.
    Html(&'static str),
}

impl RestResponse {
    pub(crate) const fn json(status: u16, body: Value) -> Self {
        Self::new(status, RestBody::Json(body))
    }

    pub(crate) const fn ok(body: Value) -> Self {
        Self::json(200, body)
    }

    pub(crate) const fn created(body: Value) -> Self {
        Self::json(201, body)
    }

    pub(crate) const fn no_content() -> Self {
        Self::new(204, RestBody::Empty)
    }

    pub(crate) const fn html(status: u16, page: &'static str) -> Self {
        Self::new(status, RestBody::Html(page))
    }

    pub(crate) fn with_header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// An error of the control API.
    pub(crate) fn error_with_message(status: u16, message: &str) -> Self {
        Self::json(status, json!({"message": message, "code": 0}))
    }

    const fn new(status: u16, body: RestBody) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body,
        }
    }

    /// The HTTP status.
    #[must_use]
    pub const fn status(&self) -> u16 {
        self.status
    }

    /// The headers besides those of the connection and of the body, with names in lower case.
    #[must_use]
    pub fn headers(&self) -> &[(&'static str, String)] {
        &self.headers
    }

    /// The body if it is JSON.
    #[must_use]
    pub const fn body(&self) -> Option<&Value> {
        match &self.body {
            RestBody::Json(body) => Some(body),
            RestBody::Empty | RestBody::Html(_) => None,
        }
    }

    /// The response as HTTP/1.1.
    pub(crate) fn to_http(&self) -> String {
        let mut http = format!("HTTP/1.1 {} {}\r\n", self.status, reason(self.status));
        for (name, value) in &self.headers {
            http.push_str(&format!("{name}: {value}\r\n"));
        }
        let (content_type, body) = match &self.body {
            RestBody::Empty => {
                http.push_str("connection: close\r\n\r\n");
                return http;
            }
            RestBody::Json(body) => ("application/json", body.to_string()),
            RestBody::Html(page) => ("text/html; charset=UTF-8", (*page).to_owned()),
        };
        http.push_str(&format!(
            "content-type: {content_type}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
            body.len()
        ));
        http
    }
}

/// The reason phrase of a status.
const fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        201 => "Created",
        204 => "No Content",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        _ => "Other",
    }
}
