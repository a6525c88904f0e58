//! Some libraries send bodies with `Transfer-Encoding: chunked`.

use gloaming_emulator::{DEFAULT_TOKEN, Emulator};
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

#[tokio::test]
async fn chunked_body_is_understood() {
    let emulator = Emulator::builder().guilds(1).start().await.unwrap();
    let host = emulator.rest_url().strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(host).await.unwrap();
    let guild = emulator.guild_ids()[0];
    let head = format!(
        "POST /api/v10/guilds/{guild}/roles HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bot {DEFAULT_TOKEN}\r\n\
         Transfer-Encoding: chunked\r\n\r\n"
    );
    for part in [
        &head,
        "8\r\n{\"name\":\r\n",
        "6\r\n \"Ch\"}\r\n",
        "0\r\n\r\n",
    ] {
        stream.write_all(part.as_bytes()).await.unwrap();
    }
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let (_, body) = answer.split_once("\r\n\r\n").unwrap();
    let role: Value = serde_json::from_str(body).unwrap();
    assert_eq!(role["name"], "Ch");
}
