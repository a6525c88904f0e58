//! Small proxies on this machine: HTTP CONNECT and SOCKS5.

use std::{
    io::{self, Read as _, Write as _},
    net::{Ipv4Addr, Shutdown, TcpListener, TcpStream},
    sync::mpsc::{self, Receiver},
    thread,
};

/// Types of addresses in SOCKS5.
const IPV4: u8 = 1;
const HOST_NAME: u8 = 3;

/// A proxy that connects to this machine, whatever host it is asked for.
pub(super) struct Proxy {
    pub(super) port: u16,
    targets: Receiver<String>,
}

/// Reads a request, replies to it, and returns the host that is asked for and its port.
type Accept = fn(&mut TcpStream) -> io::Result<(String, u16)>;

impl Proxy {
    pub(super) fn http() -> io::Result<Self> {
        Self::start(accept_http)
    }

    pub(super) fn socks5() -> io::Result<Self> {
        Self::start(accept_socks5)
    }

    /// Returns the hosts that the proxy was asked for until now.
    pub(super) fn hosts(&self) -> Vec<String> {
        self.targets.try_iter().collect()
    }

    fn start(accept: Accept) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let port = listener.local_addr()?.port();
        let (sender, targets) = mpsc::channel();
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let sender = sender.clone();
                // An error ends the connection, which the example reports.
                thread::spawn(move || serve(client, accept, |host| _ = sender.send(host)));
            }
        });
        Ok(Self { port, targets })
    }
}

fn serve(mut client: TcpStream, accept: Accept, report: impl Fn(String)) -> io::Result<()> {
    let (host, port) = accept(&mut client)?;
    report(host);
    let server = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    let (to_server, to_client) = (server.try_clone()?, client.try_clone()?);
    thread::spawn(move || copy(server, to_client));
    copy(client, to_server)
}

fn copy(mut from: TcpStream, mut to: TcpStream) -> io::Result<()> {
    io::copy(&mut from, &mut to)?;
    to.shutdown(Shutdown::Write)
}

fn accept_http(client: &mut TcpStream) -> io::Result<(String, u16)> {
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") && request.len() < 4096 {
        let mut byte = [0];
        client.read_exact(&mut byte)?;
        request.extend(byte);
    }
    let request = String::from_utf8_lossy(&request).into_owned();
    let target = request.split(' ').nth(1).unwrap_or_default();
    let (host, port) = target.rsplit_once(':').ok_or(io::ErrorKind::InvalidData)?;
    let port = port.parse().map_err(|_| io::ErrorKind::InvalidData)?;
    client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")?;
    Ok((host.to_owned(), port))
}

fn accept_socks5(client: &mut TcpStream) -> io::Result<(String, u16)> {
    // Version, and the authentication methods of the client. None is needed.
    let mut head = [0; 2];
    client.read_exact(&mut head)?;
    client.read_exact(&mut vec![0; head[1].into()])?;
    client.write_all(&[5, 0])?;
    // Version, command, a reserved byte, and the type of the address.
    let mut request = [0; 4];
    client.read_exact(&mut request)?;
    let host = match request[3] {
        IPV4 => {
            let mut address = [0; 4];
            client.read_exact(&mut address)?;
            Ipv4Addr::from(address).to_string()
        }
        HOST_NAME => {
            let mut length = [0];
            client.read_exact(&mut length)?;
            let mut name = vec![0; length[0].into()];
            client.read_exact(&mut name)?;
            String::from_utf8_lossy(&name).into_owned()
        }
        _ => return Err(io::ErrorKind::InvalidData.into()),
    };
    let mut port = [0; 2];
    client.read_exact(&mut port)?;
    client.write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0])?;
    Ok((host, u16::from_be_bytes(port)))
}
