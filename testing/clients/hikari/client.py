"""Runs a bot on hikari."""

import functools

import hikari
import report
from report import COMMAND, DESCRIPTION, FILE, FILE_NAME

COMPRESSIONS = {
    "none": None,
    "payload": hikari.api.GatewayCompression.PAYLOAD_ZLIB_STREAM,
    "zlib-stream": hikari.api.GatewayCompression.TRANSPORT_ZLIB_STREAM,
    "zstd-stream": hikari.api.GatewayCompression.TRANSPORT_ZSTD_STREAM,
}
# The bot has no option for this argument of its shards.
hikari.impl.shard.GatewayShardImpl = functools.partial(
    hikari.impl.shard.GatewayShardImpl, compression=COMPRESSIONS[report.COMPRESSION]
)

INTENTS = (
    hikari.Intents.GUILDS
    | hikari.Intents.GUILD_MEMBERS
    | hikari.Intents.GUILD_MESSAGES
    | hikari.Intents.GUILD_MESSAGE_REACTIONS
    | hikari.Intents.DM_MESSAGES
    | hikari.Intents.MESSAGE_CONTENT
)

bot = hikari.GatewayBot(
    report.TOKEN,
    intents=INTENTS,
    rest_url=report.API,
    auto_chunk_members=False,
    banner=None,
)
members = 0


@bot.listen()
async def on_ready(event: hikari.ShardReadyEvent):
    await report.run(register(event.application_id))
    report.report("ready", guilds=len(event.unavailable_guilds))


async def register(application):
    command = bot.rest.slash_command_builder(COMMAND, DESCRIPTION)
    await bot.rest.set_application_commands(application, [command])


@bot.listen()
async def on_message(event: hikari.MessageCreateEvent):
    message = event.message
    await report.handle_message(
        message.content,
        {
            "!ping": lambda: bot.rest.create_message(message.channel_id, "pong"),
            "!members": lambda: bot.request_guild_members(message.guild_id),
            "!react": lambda: message.add_reaction("🦉"),
            "!dm": lambda: message.author.send("direct"),
            "!leave": bot.close,
        },
    )


@bot.listen()
async def on_members(event: hikari.MemberChunkEvent):
    global members
    members += len(event.members)
    if event.chunk_index + 1 == event.chunk_count:
        report.report("members", count=members)


@bot.listen()
async def on_reaction(event: hikari.ReactionAddEvent):
    report.report("reaction", emoji=event.emoji_name)


@bot.listen()
async def on_interaction(event: hikari.InteractionCreateEvent):
    # Members of the generated traffic use other commands.
    if event.interaction.command_name == COMMAND:
        await report.run(answer(event.interaction))


async def answer(interaction):
    await interaction.create_initial_response(hikari.ResponseType.DEFERRED_MESSAGE_CREATE)
    await interaction.edit_initial_response("edited")
    await interaction.execute("followed", attachment=hikari.Bytes(FILE, FILE_NAME))


@bot.listen()
async def on_error(event: hikari.ExceptionEvent):
    report.report("error", message=repr(event.exception))


report.report_start(hikari.__version__)
bot.run(check_for_updates=False)
