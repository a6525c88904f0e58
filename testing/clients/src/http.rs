//! A minimal HTTP/1.1 client for the emulator's control API.

use std::{
    io::{Read, Write},
    net::TcpStream,
    time::Duration,
};

use serde_json::Value;

/// The timeout of each read and write.
const IO_TIMEOUT: Duration = Duration::from_secs(10);

/// Sends a request, which is a method and a path, and returns the body of the response.
///
/// # Errors
///
/// The request fails, or the status of the response is not 200.
pub(crate) fn request(host: &str, request: &str, body: Option<&Value>) -> Result<Value, String> {
    let response = exchange(host, request, body)
        .map_err(|error| format!("{request}: can't reach the emulator: {error}"))?;
    parse_response(&response).map_err(|error| format!("{request}: {error}"))
}

fn exchange(host: &str, request: &str, body: Option<&Value>) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(host)?;
    stream.set_read_timeout(Some(IO_TIMEOUT))?;
    stream.set_write_timeout(Some(IO_TIMEOUT))?;
    let body = body.map_or_else(String::new, Value::to_string);
    write!(
        stream,
        "{request} HTTP/1.1\r\nHost: {host}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )?;
    // The emulator closes the connection after the response.
    let mut response = String::new();
    stream.read_to_string(&mut response)?;
    Ok(response)
}

fn parse_response(response: &str) -> Result<Value, String> {
    let (head, body) = response.split_once("\r\n\r\n").unwrap_or((response, ""));
    if head.split(' ').nth(1) != Some("200") {
        let status = head.lines().next();
        return Err(format!("the response is {status:?}: {body}"));
    }
    serde_json::from_str(body).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn status_other_than_200_is_an_error() {
        assert_eq!(
            parse_response("HTTP/1.1 200 OK\r\na: b\r\n\r\n[1]"),
            Ok(Value::from(vec![1]))
        );
        let error =
            parse_response("HTTP/1.1 400 Bad Request\r\n\r\n{\"message\": \"unknown guild\"}")
                .unwrap_err();
        assert!(
            error.contains("400") && error.contains("unknown guild"),
            "{error}"
        );
        assert!(parse_response("").is_err());
    }
}
