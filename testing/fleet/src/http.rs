//! Requests to the nodes.

use crate::Result;
use std::{net::SocketAddr, time::Duration};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

/// A node that is stopped does not answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// Returns the status and the body of a page.
pub(crate) async fn get(address: SocketAddr, path: &str) -> Result<(u16, String)> {
    let exchange = async {
        let mut stream = TcpStream::connect(address).await?;
        let request = format!("GET {path} HTTP/1.1\r\nhost: node\r\n\r\n");
        stream.write_all(request.as_bytes()).await?;
        let mut response = String::new();
        stream.read_to_string(&mut response).await?;
        Ok::<_, std::io::Error>(response)
    };
    let response = timeout(PATIENCE, exchange).await??;
    let (head, body) = response.split_once("\r\n\r\n").ok_or("no response")?;
    let status = head.get(9..12).ok_or("no status")?.parse()?;
    Ok((status, body.to_owned()))
}
