"""Runs a bot on discord.py, and prints a report of each event as a JSON object on its own line."""

import json
import os
import platform
import sys

if os.environ["COMPRESSION"] == "zlib-stream":
    # discord.py prefers zstd if it can import the module.
    sys.modules["zstandard"] = None

import discord
import yarl

discord.http.Route.BASE = os.environ["API"] + "/v10"
# Shards get the gateway's URL over REST, but connect to this URL after a session is lost.
discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(os.environ["GATEWAY"])


def report(type, **fields):
    print(json.dumps({"type": type, **fields}), flush=True)


class Bot(discord.AutoShardedClient):
    async def on_socket_raw_receive(self, text):
        payload = json.loads(text)
        if payload["op"] == 0:
            data = payload["d"]
            report(
                "event",
                name=payload["t"],
                sequence=payload["s"],
                id=data.get("id"),
                content=data.get("content"),
            )

    async def on_ready(self):
        report("ready", guilds=len(self.guilds))

    async def on_shard_resumed(self, _shard):
        report("resumed")

    async def on_error(self, event, *_arguments):
        report("error", message=f"{event}: {sys.exc_info()[1]!r}")

    async def on_message(self, message):
        if message.content == "!ping":
            await message.channel.send("pong")
        elif message.content == "!leave":
            await self.close()


report("start", version=discord.__version__, runtime=f"Python {platform.python_version()}")
intents = discord.Intents(guilds=True, guild_messages=True, message_content=True)
Bot(intents=intents, enable_debug_events=True).run(os.environ["TOKEN"])
