"""Tells on standard output, one JSON object a line, what happens to a bot on discord.py."""

import json
import os
import platform
import sys

if os.environ["COMPRESSION"] == "zlib-stream":
    # discord.py takes zstd wherever it can import it.
    sys.modules["zstandard"] = None

import discord
import yarl

discord.http.Route.BASE = os.environ["API"] + "/v10"
# With shards it asks REST; this is where it goes when a session is lost.
discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(os.environ["GATEWAY"])


def tell(seen, **more):
    print(json.dumps({"seen": seen, **more}), flush=True)


class Bot(discord.AutoShardedClient):
    async def on_socket_raw_receive(self, text):
        payload = json.loads(text)
        if payload["op"] == 0:
            data = payload["d"]
            tell(
                "event",
                name=payload["t"],
                sequence=payload["s"],
                id=data.get("id"),
                content=data.get("content"),
            )

    async def on_ready(self):
        tell("ready", guilds=len(self.guilds))

    async def on_shard_resumed(self, _shard):
        tell("resumed")

    async def on_error(self, event, *_arguments):
        tell("trouble", what=f"{event}: {sys.exc_info()[1]!r}")

    async def on_message(self, message):
        if message.content == "!ping":
            await message.channel.send("pong")
        elif message.content == "!leave":
            await self.close()


tell("start", version=discord.__version__, runtime=f"Python {platform.python_version()}")
intents = discord.Intents(guilds=True, guild_messages=True, message_content=True)
Bot(intents=intents, enable_debug_events=True).run(os.environ["TOKEN"])
