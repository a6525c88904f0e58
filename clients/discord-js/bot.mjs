// The bot to be tested.

import { REST } from '@discordjs/rest';
import { WebSocketManager, WebSocketShardEvents } from '@discordjs/ws';

const GUILDS_AND_MESSAGES = 1 | (1 << 9) | (1 << 15);

export function makeBot(token, options = {}) {
	const rest = new REST(options).setToken(token);
	const bot = new WebSocketManager({ token, rest, intents: GUILDS_AND_MESSAGES });
	bot.on(WebSocketShardEvents.Dispatch, async ({ t, d }) => {
		if (t === 'MESSAGE_CREATE' && d.content === '!ping') {
			await rest.post(`/channels/${d.channel_id}/messages`, { body: { content: 'pong' } });
		}
	});
	return bot;
}
