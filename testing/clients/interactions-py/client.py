"""Runs a bot on interactions.py."""

import asyncio
import contextlib
import os

import interactions
import report
from interactions import Intents
from report import COMMAND, DESCRIPTION, FILE_NAME, open_file

interactions.api.http.route.Route.BASE = report.API

bot = interactions.Client(
    intents=Intents.GUILDS
    | Intents.GUILD_MEMBERS
    | Intents.GUILD_MESSAGES
    | Intents.GUILD_MESSAGE_REACTIONS
    | Intents.DIRECT_MESSAGES
    | Intents.MESSAGE_CONTENT,
)


@interactions.listen()
async def on_ready(event: interactions.events.Ready):
    report.report("ready", guilds=len(bot.guilds))


@interactions.listen()
async def on_message_create(event: interactions.events.MessageCreate):
    message = event.message
    await report.handle_message(
        message.content,
        {
            "!ping": lambda: message.channel.send("pong"),
            "!members": lambda: count_members(message.guild),
            "!react": lambda: message.add_reaction("🦉"),
            "!dm": lambda: message.author.send("direct"),
            "!leave": leave,
        },
    )


async def leave():
    # `stop` may wait for a heartbeat that fails because the connection is closed, or be canceled.
    with contextlib.suppress(TimeoutError, asyncio.CancelledError):
        await asyncio.wait_for(bot.stop(), 5)
    os._exit(0)


async def count_members(guild):
    await guild.gateway_chunk()
    report.report("members", count=len(guild.members))


@interactions.listen()
async def on_message_reaction_add(event: interactions.events.MessageReactionAdd):
    report.report("reaction", emoji=event.emoji.name)


@interactions.listen(disable_default_listeners=True)
async def on_error(event: interactions.events.Error):
    report.report("error", message=repr(event.error))


@interactions.slash_command(name=COMMAND, description=DESCRIPTION)
async def answer(context: interactions.SlashContext):
    await context.defer()
    # The first message after `defer` is an edit of the deferred one.
    await context.send("edited")
    await context.send("followed", file=interactions.File(open_file(), file_name=FILE_NAME))


report.report_start(interactions.__version__)
bot.start(report.TOKEN)
