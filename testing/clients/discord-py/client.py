"""Runs a bot on discord.py, with one shard or several."""

import sys

import report
from report import COMMAND, DESCRIPTION, FILE_NAME, SHARDS, open_file

if report.COMPRESSION == "zlib-stream":
    # discord.py prefers zstd if it can import the module.
    sys.modules["zstandard"] = None

import discord
import yarl

discord.http.Route.BASE = report.API
# Shards get the gateway's URL over REST, but connect to this URL after a session is lost.
discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(report.GATEWAY)


class Bot(discord.AutoShardedClient if SHARDS > 1 else discord.Client):
    async def setup_hook(self):
        tree = discord.app_commands.CommandTree(self)
        tree.command(name=COMMAND, description=DESCRIPTION)(answer)
        await report.run(tree.sync())

    async def on_ready(self):
        report.report("ready", guilds=len(self.guilds))

    async def on_error(self, event, *_arguments):
        report.report("error", message=f"{event}: {sys.exc_info()[1]!r}")

    async def on_message(self, message):
        await report.handle_message(
            message.content,
            {
                "!ping": lambda: message.channel.send("pong"),
                "!members": lambda: self.count_members(message.guild),
                "!react": lambda: message.add_reaction("🦉"),
                "!dm": lambda: message.author.send("direct"),
                "!leave": self.close,
            },
        )

    async def count_members(self, guild):
        report.report("members", count=len(await guild.chunk()))

    async def on_raw_reaction_add(self, reaction):
        report.report("reaction", emoji=reaction.emoji.name)


async def answer(interaction: discord.Interaction):
    await interaction.response.defer()
    await interaction.edit_original_response(content="edited")
    await interaction.followup.send("followed", file=discord.File(open_file(), FILE_NAME))


report.report_start(discord.__version__)
intents = discord.Intents(
    guilds=True,
    members=True,
    guild_messages=True,
    guild_reactions=True,
    dm_messages=True,
    message_content=True,
)
Bot(intents=intents, shard_count=SHARDS, chunk_guilds_at_startup=False).run(report.TOKEN)
