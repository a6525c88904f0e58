//! Runs a bot on serenity.

use std::{
    env,
    error::Error,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
};

use serde_json::json;
use serenity::{
    all::{
        ChunkGuildFilter, ClientBuilder, Command, CommandInteraction, Context, CreateAttachment,
        CreateCommand, CreateInteractionResponseFollowup, CreateMessage, EditInteractionResponse,
        EventHandler, GatewayIntents, GuildMembersChunkEvent, HttpBuilder, Interaction, Message,
        Reaction, Ready, ShardManager,
    },
    async_trait,
};

#[path = "../../rust/report.rs"]
mod report;

use report::{
    locked_version, report, report_error, report_members, report_message, report_ready,
    report_start,
};

/// The lock file, which contains the version of serenity.
const LOCK: &str = include_str!("../Cargo.lock");

type Outcome = Result<(), serenity::Error>;

#[derive(Default)]
struct Bot {
    shards: Arc<OnceLock<Arc<ShardManager>>>,
    members: AtomicUsize,
}

#[async_trait]
impl EventHandler for Bot {
    async fn ready(&self, context: Context, ready: Ready) {
        let command = CreateCommand::new("story").description("Answers later, and with a file");
        check(Command::set_global_commands(&context.http, vec![command]).await);
        report_ready(ready.guilds.len());
    }

    async fn message(&self, context: Context, message: Message) {
        report_message(&message.content);
        check(self.act(&context, &message).await);
    }

    async fn guild_members_chunk(&self, _context: Context, chunk: GuildMembersChunkEvent) {
        let before = self
            .members
            .fetch_add(chunk.members.len(), Ordering::Relaxed);
        if chunk.chunk_index + 1 == chunk.chunk_count {
            report_members(before + chunk.members.len());
        }
    }

    async fn reaction_add(&self, _context: Context, reaction: Reaction) {
        report(&json!({"type": "reaction", "emoji": reaction.emoji.to_string()}));
    }

    async fn interaction_create(&self, context: Context, interaction: Interaction) {
        // Members of the generated traffic use other commands.
        if let Interaction::Command(command) = interaction
            && command.data.name == "story"
        {
            check(answer(&context, &command).await);
        }
    }
}

impl Bot {
    async fn act(&self, context: &Context, message: &Message) -> Outcome {
        match (&*message.content, message.guild_id) {
            ("!ping", _) => {
                message.channel_id.say(&context.http, "pong").await?;
            }
            ("!members", Some(guild)) => {
                let all = ChunkGuildFilter::None;
                context.shard.chunk_guild(guild, None, false, all, None);
            }
            ("!react", _) => {
                message.react(context, '🦉').await?;
            }
            ("!dm", _) => {
                let direct = CreateMessage::new().content("direct");
                message.author.direct_message(context, direct).await?;
            }
            ("!leave", _) => {
                if let Some(shards) = self.shards.get() {
                    shards.shutdown_all().await;
                }
            }
            _ => {}
        }
        Ok(())
    }
}

async fn answer(context: &Context, command: &CommandInteraction) -> Outcome {
    let http = &context.http;
    command.defer(http).await?;
    let edit = EditInteractionResponse::new().content("edited");
    command.edit_response(http, edit).await?;
    let file = CreateAttachment::bytes("a story", "story.txt");
    let followup = CreateInteractionResponseFollowup::new()
        .content("followed")
        .add_file(file);
    command.create_followup(http, followup).await?;
    Ok(())
}

fn check<T>(result: Result<T, serenity::Error>) {
    if let Err(error) = result {
        report_error(&error);
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    report_start(locked_version(LOCK, "serenity"));
    let api = env::var("API")?;
    let http = HttpBuilder::new(env::var("TOKEN")?)
        .proxy(api.trim_end_matches("/api"))
        .ratelimiter_disabled(true)
        .build();
    let intents = GatewayIntents::GUILDS
        | GatewayIntents::GUILD_MEMBERS
        | GatewayIntents::GUILD_MESSAGES
        | GatewayIntents::GUILD_MESSAGE_REACTIONS
        | GatewayIntents::DIRECT_MESSAGES
        | GatewayIntents::MESSAGE_CONTENT;
    let bot = Bot::default();
    let shards = Arc::clone(&bot.shards);
    let mut client = ClientBuilder::new_with_http(http, intents)
        .event_handler(bot)
        .await?;
    _ = shards.set(Arc::clone(&client.shard_manager));
    client.start().await?;
    Ok(())
}
