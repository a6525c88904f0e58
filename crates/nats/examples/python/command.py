"""Sends a command by the node that owns the shard of a guild: asks for the guild's soundboard sounds, which arrive as an
event SOUNDBOARD_SOUNDS.

    pip install --require-hashes -r requirements.txt
    NATS_URL=nats://localhost:4222 BOT=my-bot GUILD=197038439483310086 python3 command.py
"""

import asyncio
import json
import os
import uuid

import nats
from nats.errors import NoRespondersError, TimeoutError


async def number_of_shards(connection, bot):
    """Returns what the nodes of gloaming-node have agreed on."""
    bucket = await connection.jetstream().key_value(f"gloaming-{bot}-sessions")
    agreement = await bucket.get("agreement")
    return json.loads(agreement.value)["shards"]


async def send(connection, bot, shards, guild, command):
    """Sends a command, and returns what became of it."""
    shard = (guild >> 22) % shards
    headers = {
        # The same in a repetition, so that the command is not sent twice.
        "Gloaming-Command": uuid.uuid4().hex,
        "Gloaming-Shard-Total": str(shards),
    }
    try:
        reply = await connection.request(
            f"gloaming.{bot}.commands.{shard}",
            json.dumps(command).encode(),
            timeout=30,
            headers=headers,
        )
    except NoRespondersError:
        # Nothing was sent: the shard moves, or no node runs. Ask again some seconds later.
        return "no_owner"
    except TimeoutError:
        # It was sent or not. With the same id, it could be asked for again.
        return "unknown"
    return json.loads(reply.data)["status"]


async def main():
    bot = os.environ.get("BOT", "my-bot")
    guild = int(os.environ["GUILD"])
    connection = await nats.connect(os.environ.get("NATS_URL", "nats://localhost:4222"))
    shards = await number_of_shards(connection, bot)
    # As Discord documents it.
    command = {"op": 31, "d": {"guild_ids": [str(guild)]}}
    print(await send(connection, bot, shards, guild, command), flush=True)
    await connection.drain()


asyncio.run(main())
