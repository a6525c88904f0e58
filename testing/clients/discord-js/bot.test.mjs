import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Events } from 'discord.js';
import { makeBot } from './bot.mjs';

let program, urls, bot, guild;

beforeEach(async () => {
	program = spawn('gloaming-emulator', ['--guilds', '3'], { stdio: ['ignore', 'pipe', 'inherit'] });
	urls = {};
	for await (const line of createInterface({ input: program.stdout })) {
		if (line.startsWith('ready')) break;
		const [name, url] = line.split(/\s+/);
		urls[name] = url;
	}
	bot = makeBot({ rest: { api: `${urls.rest}/api` } });
	const ready = once(bot, Events.ClientReady);
	await bot.login(urls.token);
	await ready;
	[guild] = await control('guilds');
}, { timeout: 20_000 });

afterEach(async () => {
	await bot.destroy();
	program.kill();
});

async function control(path, body) {
	const request = body && { method: 'POST', body: JSON.stringify(body) };
	const answer = await fetch(`${urls.rest}/control/${path}`, request);
	assert.ok(answer.ok, `${path}: ${answer.status}`);
	return answer.json();
}

const say = (content) => control('say', { guild, content });
const answers = async () => (await control('bot-messages')).map((message) => message.content);

async function until(condition) {
	const deadline = Date.now() + 20_000;
	while (!(await condition())) {
		assert.ok(Date.now() < deadline, `not met within 20 s: ${condition}`);
		await sleep(50);
	}
}

test('it answers', async () => {
	await say('!ping');
	await until(async () => (await answers()).length > 0);
	assert.deepEqual(await answers(), ['pong']);
});

test('it misses nothing when its connection is cut', async () => {
	// HELLO is withheld until the message is sent, so the bot can't resume before.
	await control('action', { action: 'mute', message: 'hello' });
	await control('action', { action: 'drop' });
	await say('!ping while away');
	await control('action', { action: 'unmute', message: 'hello' });
	await until(async () => (await answers()).length > 0);
	await say('!ping');
	await until(async () => (await answers()).includes('pong'));

	assert.deepEqual(await answers(), ['pong while away', 'pong'], 'each once');
	const stats = await control('stats');
	assert.deepEqual([stats.identifies, stats.sessions_resumed], [1, 1]);
	assert.deepEqual(await control('violations'), []);
});

test('it reconnects when told to', async () => {
	await control('action', { action: 'reconnect' });
	await until(async () => (await control('stats')).sessions_resumed > 0);
	await say('!ping');
	await until(async () => (await answers()).length > 0);
});
