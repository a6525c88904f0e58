//! Bodies of type multipart/form-data: JSON with files.

use serde_json::{Value, json};

/// The name of the part with the JSON.
const JSON_PART: &str = "payload_json";

/// A part of a body.
struct Part<'a> {
    name: &'a str,
    filename: Option<&'a str>,
    content_type: Option<&'a str>,
    data: &'a [u8],
}

/// A body in parts.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Form {
    /// The JSON of the body; null if it has none.
    pub(crate) json: Value,
    /// The files as attachment objects, without ids and URLs.
    pub(crate) files: Vec<Value>,
}

impl Form {
    /// Parses a body. Returns `None` if it is malformed.
    pub(crate) fn parse(content_type: &str, body: &[u8]) -> Option<Self> {
        let mut form = Self::default();
        for part in parts(boundary(content_type)?, body)? {
            if part.name == JSON_PART {
                form.json = serde_json::from_slice(part.data).ok()?;
            } else if let Some(filename) = part.filename {
                form.files.push(json!({
                    "filename": filename,
                    "size": part.data.len(),
                    "content_type": part.content_type,
                }));
            } else if form.json.is_null() && part.name == "content" {
                // The form without `payload_json`, of a message that has only text.
                form.json = json!({"content": String::from_utf8_lossy(part.data)});
            }
        }
        Some(form)
    }
}

/// The boundary that a content type names, if it is multipart/form-data.
fn boundary(content_type: &str) -> Option<&str> {
    let mut parameters = content_type.split(';').map(str::trim);
    if !parameters
        .next()?
        .eq_ignore_ascii_case("multipart/form-data")
    {
        return None;
    }
    let boundary = parameters.find_map(|it| parameter(it, "boundary"))?;
    (!boundary.is_empty()).then_some(boundary)
}

/// The value of `name=value` or `name="value"`.
fn parameter<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let (found, value) = text.split_once('=')?;
    let is_named = found.trim().eq_ignore_ascii_case(name);
    is_named.then(|| value.trim().trim_matches('"'))
}

fn parts<'a>(boundary: &str, body: &'a [u8]) -> Option<Vec<Part<'a>>> {
    let delimiter = format!("--{boundary}");
    let mut rest = &body[find(body, delimiter.as_bytes())? + delimiter.len()..];
    let between = format!("\r\n{delimiter}");
    let mut parts = Vec::new();
    while !rest.starts_with(b"--") {
        rest = rest.strip_prefix(b"\r\n")?;
        let end = find(rest, between.as_bytes())?;
        parts.push(Part::parse(&rest[..end])?);
        rest = &rest[end + between.len()..];
    }
    Some(parts)
}

impl<'a> Part<'a> {
    fn parse(bytes: &'a [u8]) -> Option<Self> {
        let end = find(bytes, b"\r\n\r\n")?;
        let head = std::str::from_utf8(&bytes[..end]).ok()?;
        let header = |name: &str| {
            let mut lines = head.split("\r\n").filter_map(|line| line.split_once(':'));
            let (_, value) = lines.find(|(found, _)| found.eq_ignore_ascii_case(name))?;
            Some(value.trim())
        };
        let disposition = header("content-disposition")?;
        let value = |name| disposition.split(';').find_map(|it| parameter(it, name));
        Some(Self {
            name: value("name")?,
            filename: value("filename"),
            content_type: header("content-type"),
            data: &bytes[end + 4..],
        })
    }
}

/// The offset of `needle`, which is not empty.
fn find(bytes: &[u8], needle: &[u8]) -> Option<usize> {
    bytes
        .windows(needle.len())
        .position(|window| window == needle)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TYPE: &str = "multipart/form-data; boundary=\"x-y\"";

    #[test]
    fn json_and_files_are_read() {
        let body = b"--x-y\r\nContent-Disposition: form-data; name=\"payload_json\"\r\nContent-Type: application/json\r\n\r\n{\"content\": \"hi\"}\r\n--x-y\r\ncontent-disposition: form-data; name=\"files[0]\"; filename=\"a.txt\"\r\ncontent-type: text/plain\r\n\r\nline\r\n--x\r\nline\r\n--x-y--\r\n";
        let form = Form::parse(TYPE, body).unwrap();
        assert_eq!(form.json, json!({"content": "hi"}));
        assert_eq!(
            form.files,
            [json!({"filename": "a.txt", "size": 15, "content_type": "text/plain"})]
        );
    }

    #[test]
    fn malformed_bodies_are_none() {
        for (content_type, body) in [
            (TYPE, &b""[..]),
            (TYPE, b"--x-y"),
            (TYPE, b"--x-y\r\nno head\r\n--x-y--"),
            (
                TYPE,
                b"--x-y\r\ncontent-disposition: form-data; name=a\r\n\r\nno end",
            ),
            (
                TYPE,
                b"--x-y\r\ncontent-disposition: form-data; name=payload_json\r\n\r\n{\r\n--x-y--",
            ),
            ("multipart/form-data", b"--x-y--"),
            ("application/json", b"--x-y--"),
        ] {
            assert_eq!(Form::parse(content_type, body), None, "{content_type}");
        }
        assert_eq!(Form::parse(TYPE, b"--x-y--"), Some(Form::default()));
    }
}
