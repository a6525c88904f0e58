//! Just enough of HTTP/1.1 for the emulator's control API.

use std::{
    io::{Read, Write},
    net::TcpStream,
    time::Duration,
};

use serde_json::Value;

/// For each reading and writing.
const PATIENCE: Duration = Duration::from_secs(10);

/// Asks, with a body or without, and gives what is answered with 200.
pub(crate) fn ask(host: &str, request: &str, body: Option<&Value>) -> Result<Value, String> {
    let answer = exchange(host, request, body)
        .map_err(|error| format!("{request}: the emulator can't be asked: {error}"))?;
    read(&answer).map_err(|reason| format!("{request}: {reason}"))
}

fn exchange(host: &str, request: &str, body: Option<&Value>) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(host)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let body = body.map_or_else(String::new, Value::to_string);
    write!(
        stream,
        "{request} HTTP/1.1\r\nHost: {host}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )?;
    // It answers one request per connection, and closes.
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}

fn read(answer: &str) -> Result<Value, String> {
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((answer, ""));
    if head.split(' ').nth(1) != Some("200") {
        return Err(format!("answered with {:?}: {body}", head.lines().next()));
    }
    serde_json::from_str(body).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_200_counts() {
        assert_eq!(
            read("HTTP/1.1 200 OK\r\na: b\r\n\r\n[1]"),
            Ok(1.into()).map(|one: Value| Value::from(vec![one]))
        );
        let refused = read("HTTP/1.1 400 Bad Request\r\n\r\n{\"message\": \"why\"}").unwrap_err();
        assert!(
            refused.contains("400") && refused.contains("why"),
            "{refused}"
        );
        assert!(read("").is_err());
    }
}
