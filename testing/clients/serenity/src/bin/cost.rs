//! Receives every event with serenity, and does nothing with them.

use std::{env, error::Error};

use serenity::{
    Error as SerenityError,
    all::{ClientBuilder, EventHandler, GatewayError, GatewayIntents, HttpBuilder},
};

#[path = "../../../rust/report.rs"]
#[expect(dead_code, reason = "shared with the bots")]
mod report;

use report::{locked_version, report_start};

/// The lock file, which contains the version of serenity.
const LOCK: &str = include_str!("../../Cargo.lock");

struct Bot;

impl EventHandler for Bot {}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    report_start(locked_version(LOCK, "serenity"));
    let api = env::var("API")?;
    let http = HttpBuilder::new(env::var("TOKEN")?)
        .proxy(api.trim_end_matches("/api"))
        .ratelimiter_disabled(true)
        .build();
    let mut client = ClientBuilder::new_with_http(http, GatewayIntents::all())
        .event_handler(Bot)
        .await?;
    match client.start().await {
        // The connection is closed for good.
        Err(SerenityError::Gateway(GatewayError::DisallowedGatewayIntents)) => Ok(()),
        other => Ok(other?),
    }
}
