// The bot to be tested.

import { Client, Events, GatewayIntentBits } from 'discord.js';

export function makeBot(options = {}) {
	const bot = new Client({
		intents: [GatewayIntentBits.Guilds, GatewayIntentBits.GuildMessages, GatewayIntentBits.MessageContent],
		...options,
	});
	bot.on(Events.MessageCreate, async (message) => {
		if (message.content.startsWith('!ping')) {
			await message.channel.send(message.content.replace('!ping', 'pong'));
		}
	});
	return bot;
}
