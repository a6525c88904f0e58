//! A network between nodes and a server that can be cut.

use gloaming_test_support::redis::RedisServer;
use std::net::SocketAddr;
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    sync::watch,
};

/// What passes the bytes on.
pub(crate) struct Proxy {
    address: SocketAddr,
    is_cut: watch::Sender<bool>,
}

impl Proxy {
    pub(crate) async fn start(server: &RedisServer) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let is_cut = watch::Sender::new(false);
        let (server, cut) = (server.host(), is_cut.clone());
        tokio::spawn(async move {
            while let Ok((mut client, _)) = listener.accept().await {
                let (server, mut cut) = (server.clone(), cut.subscribe());
                tokio::spawn(async move {
                    let passing = async {
                        if let Ok(mut server) = TcpStream::connect(server).await {
                            _ = copy_bidirectional(&mut client, &mut server).await;
                        }
                    };
                    // Both connections are closed at the cut, and those that come later at once.
                    tokio::select! {
                        biased;
                        _ = cut.wait_for(|is_cut| *is_cut) => {}
                        () = passing => {}
                    }
                });
            }
        });
        Self { address, is_cut }
    }

    pub(crate) fn address(&self) -> String {
        format!("redis://{}", self.address)
    }

    pub(crate) fn set_cut(&self, is_cut: bool) {
        self.is_cut.send_replace(is_cut);
    }
}
