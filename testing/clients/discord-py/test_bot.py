import asyncio
import json
import subprocess
import unittest
import urllib.request

import discord
import yarl

from bot import Bot


class Emulator:
    """The program `gloaming-emulator`, and its control API."""

    def __init__(self, *options):
        command = ["gloaming-emulator", "--guilds", "3", *options]
        self.program = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.urls = {}
        for line in self.program.stdout:
            if line.startswith("ready"):
                break
            name, url = line.split()
            self.urls[name] = url

    def control(self, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.urls['rest']}/control/{path}", data)
        with urllib.request.urlopen(request, timeout=5) as answer:
            return json.load(answer)

    def stop(self):
        self.program.terminate()
        self.program.communicate(timeout=10)


async def until(condition):
    for _ in range(400):
        if condition():
            return
        await asyncio.sleep(0.05)
    raise TimeoutError("the condition was not met within 20 s")


class BotTest(unittest.IsolatedAsyncioTestCase):
    async def asyncSetUp(self):
        self.emulator = Emulator()
        self.addCleanup(self.emulator.stop)
        discord.http.Route.BASE = self.emulator.urls["rest"] + "/api/v10"
        discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(self.emulator.urls["ws"])
        self.bot = Bot()
        self.addAsyncCleanup(self.bot.close)
        await asyncio.wait_for(self.bot.login(self.emulator.urls["token"]), 20)
        self.running = asyncio.create_task(self.bot.connect())
        await until(self.bot.is_ready)
        self.guild = self.emulator.control("guilds")[0]

    def say(self, content):
        self.emulator.control("say", {"guild": self.guild, "content": content})

    def answers(self):
        return [message["content"] for message in self.emulator.control("bot-messages")]

    async def test_it_answers(self):
        self.say("!ping")
        await until(self.answers)
        self.assertEqual(self.answers(), ["pong"])
        self.assertEqual(self.emulator.control("violations"), [])

    async def test_it_misses_nothing_when_its_connection_is_cut(self):
        # HELLO is withheld until the message is sent, so the bot can't resume before.
        self.emulator.control("action", {"action": "mute", "message": "hello"})
        self.emulator.control("action", {"action": "drop"})
        self.say("!ping while away")
        self.emulator.control("action", {"action": "unmute", "message": "hello"})
        await until(self.answers)
        self.say("!ping")
        await until(lambda: "pong" in self.answers())

        self.assertEqual(self.answers(), ["pong while away", "pong"], "each once")
        stats = self.emulator.control("stats")
        self.assertEqual((stats["identifies"], stats["sessions_resumed"]), (1, 1))

    async def test_it_reconnects_when_told_to(self):
        self.emulator.control("action", {"action": "reconnect"})
        await until(lambda: self.emulator.control("stats")["sessions_resumed"])
        self.say("!ping")
        await until(self.answers)
