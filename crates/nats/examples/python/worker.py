"""A worker in Python: takes the messages of a bot from NATS, and acknowledges each when it was handled.

    pip install --require-hashes -r requirements.txt
    NATS_URL=nats://localhost:4222 BOT=my-bot python3 worker.py

A message that is not acknowledged within 30 s comes again, to this or another worker of the group. With EVENTS=3, the
worker ends after three messages.
"""

import asyncio
import json
import os

import nats
from nats.errors import TimeoutError
from nats.js.api import AckPolicy, ConsumerConfig


async def main():
    bot = os.environ.get("BOT", "my-bot")
    left = int(os.environ.get("EVENTS", "0")) or None
    connection = await nats.connect(os.environ.get("NATS_URL", "nats://localhost:4222"))
    config = ConsumerConfig(ack_policy=AckPolicy.EXPLICIT, ack_wait=30)
    # All workers with this name are one group, and share the events.
    events = await connection.jetstream().pull_subscribe(
        f"gloaming.{bot}.events.*.MESSAGE_CREATE",
        durable="messages",
        stream=f"gloaming-{bot}-events",
        config=config,
    )
    while left is None or left > 0:
        try:
            batch = await events.fetch(min(left or 16, 16), timeout=30)
        except TimeoutError:
            continue
        for event in batch:
            # The same in all deliveries of an event. Store it with what the handler does, where twice would be wrong.
            event_id = event.header["Nats-Msg-Id"]
            message = json.loads(event.data)
            shard = event.header["Gloaming-Shard"]
            print(f"{event_id} of shard {shard}: {message['content']}", flush=True)
            await event.ack()
            left = left and left - 1
    await connection.drain()


asyncio.run(main())
