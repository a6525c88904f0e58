"""What the client programs in Python have in common: they print a report of what the library does, as a JSON object on
its own line, and do what the messages of a member tell them."""

import io
import json
import os
import traceback

API = os.environ["API"] + "/v10"
COMPRESSION = os.environ["COMPRESSION"]
GATEWAY = os.environ["GATEWAY"]
SHARDS = int(os.environ["SHARD_TOTAL"])
TOKEN = os.environ["TOKEN"]

# The slash command that the programs register.
COMMAND = "story"
DESCRIPTION = "Answers later, and with a file"
FILE_NAME = "story.txt"
FILE = b"a story"


def open_file():
    return io.BytesIO(FILE)


def report(type, **fields):
    print(json.dumps({"type": type, **fields}), flush=True)


def report_start(version):
    report("start", version=version)


async def handle_message(content, actions):
    """Reports a message, and runs the action that it asks for."""
    report("message", content=content)
    if action := actions.get(content):
        await run(action())


async def run(action):
    """Reports what goes wrong in an action."""
    try:
        await action
    except Exception:
        report("error", message=traceback.format_exc())
