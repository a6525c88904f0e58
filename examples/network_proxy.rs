//! A shard that connects through a proxy: HTTP CONNECT or SOCKS5.
//!
//! It reads the bot's token from `DISCORD_TOKEN` and the proxy from `PROXY_URL`, such as `http://127.0.0.1:3128` or
//! `socks5h://name:password@proxy.example:1080`. Without `PROXY_URL`, it uses the variables that curl uses: `HTTPS_PROXY`,
//! `ALL_PROXY`, `NO_PROXY`. It ends on ctrl-c. The proxy sees the host of the gateway, but not the
//! token: TLS is spoken through it. To run it against another gateway than Discord's, such as `gloaming-emulator`, set
//! `GATEWAY_URL`.

mod shutdown;

use gloaming::{
    CloseFrame, ConfigBuilder, EventTypeFlags, Intents, Item, Lifecycle, Shard, ShardId,
    transport::{Proxy, ProxySelector},
};
use std::{env, error::Error};

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

#[tokio::main]
async fn main() -> Result<()> {
    tracing_subscriber::fmt::init();
    let token = env::var("DISCORD_TOKEN").map_err(|_| "set DISCORD_TOKEN to your bot's token")?;
    let selector = match env::var("PROXY_URL") {
        Ok(url) => Proxy::parse(&url)?.into(),
        Err(_) => ProxySelector::from_env()?,
    };

    let mut config = ConfigBuilder::new(token, Intents::GUILDS).network_proxy(selector.clone());
    if let Ok(url) = env::var("GATEWAY_URL") {
        config = config.gateway_url(url);
    }
    let url = config.clone().build().gateway_url().to_owned();
    match selector.proxy_for(&url)? {
        // Neither this nor any error shows the password.
        Some(proxy) => println!("connecting through {proxy}"),
        None => println!("connecting without proxy: set PROXY_URL or HTTPS_PROXY to use one"),
    }
    // Reports settings that contradict each other now, and not once the shard connects.
    let mut shard = Shard::with_config(ShardId::ONE, config.try_build()?);

    let sender = shard.sender();
    tokio::spawn(async move {
        if shutdown::requested().await.is_ok() {
            // It fails only if the shard has stopped already.
            _ = sender.close(CloseFrame::NORMAL);
        }
    });

    while let Some(item) = shard.next_item(EventTypeFlags::all()).await {
        match item {
            Item::Lifecycle(Lifecycle::Ready { session_id }) => println!("ready: {session_id}"),
            Item::Failure(error) if error.is_fatal() => return Err(error.into()),
            Item::Failure(error) => {
                // The source says whether the proxy or the gateway is at fault.
                let cause = error.source().map(ToString::to_string).unwrap_or_default();
                eprintln!("{error}: {cause}");
            }
            _ => {}
        }
    }
    Ok(())
}
