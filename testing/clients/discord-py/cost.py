"""Receives every event with discord.py, and does nothing with them."""

import sys

import report
from report import GATEWAY, TOKEN

# discord.py prefers zstd if it can import the module.
sys.modules["zstandard"] = None

import discord
import yarl

discord.http.Route.BASE = report.API
discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(GATEWAY)

report.report_start(discord.__version__)
client = discord.Client(intents=discord.Intents.all(), chunk_guilds_at_startup=False)
try:
    client.run(TOKEN, log_handler=None)
except (discord.ConnectionClosed, discord.PrivilegedIntentsRequired):
    # The connection is closed for good.
    pass
