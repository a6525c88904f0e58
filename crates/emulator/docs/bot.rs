use gloaming::{Event, EventTypeFlags, Shard, StreamExt as _};
use twilight_http::Client;

/// Answers `!ping` with `pong`, and `!ping again` with `pong again`.
pub async fn run(mut shard: Shard, http: Client) {
    while let Some(item) = shard.next_event(EventTypeFlags::MESSAGE_CREATE).await {
        match item {
            Ok(Event::MessageCreate(message)) if message.content.starts_with("!ping") => {
                let pong = message.content.replace("!ping", "pong");
                let answer = http.create_message(message.channel_id).content(&pong);
                answer.await.expect("the request failed");
            }
            Ok(_) => {}
            Err(error) => eprintln!("{error}"),
        }
    }
}
