use gloaming::{ConfigBuilder, Intents, Shard, ShardId};
use gloaming_emulator::{DEFAULT_TOKEN, Emulator};
use twilight_http::Client;

/// Starts the bot with the URLs of this emulator.
pub fn start_bot(emulator: &Emulator) {
    let token = DEFAULT_TOKEN.to_owned();
    let intents = Intents::GUILDS | Intents::GUILD_MESSAGES | Intents::MESSAGE_CONTENT;
    let config = ConfigBuilder::new(token.clone(), intents)
        .gateway_url(emulator.url())
        .build();
    let shard = Shard::with_config(ShardId::ONE, config);

    let rest = emulator.rest_host().to_owned();
    let http = Client::builder().token(token).proxy(rest, true).ratelimiter(None).build();
    tokio::spawn(crate::bot::run(shard, http));
}
