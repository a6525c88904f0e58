"""The bot to be tested."""

import discord


class Bot(discord.Client):
    def __init__(self):
        intents = discord.Intents(guilds=True, guild_messages=True, message_content=True)
        super().__init__(intents=intents)

    async def on_message(self, message):
        if message.content.startswith("!ping"):
            await message.channel.send(message.content.replace("!ping", "pong"))
