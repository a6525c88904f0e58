// Runs a bot on @discordjs/ws, which is the gateway's part of discord.js.

import { REST } from '@discordjs/rest';
import { CompressionMethod, version, WebSocketManager, WebSocketShardEvents } from '@discordjs/ws';
import { API, COMPRESSION, TOKEN, handleMessage, report, reportError, reportStart } from './report.mjs';

const GUILDS_MEMBERS_AND_MESSAGES = 1 | (1 << 1) | (1 << 9) | (1 << 15);

const rest = new REST({ api: API }).setToken(TOKEN);
const manager = new WebSocketManager({
	token: TOKEN,
	intents: GUILDS_MEMBERS_AND_MESSAGES,
	rest,
	compression: COMPRESSION === 'zlib-stream' ? CompressionMethod.ZlibNative : null,
	useIdentifyCompression: COMPRESSION === 'payload',
});

let members = 0;
manager.on(WebSocketShardEvents.Ready, (data) => report('ready', { guilds: data.guilds.length }));
manager.on(WebSocketShardEvents.Error, reportError);
manager.on(WebSocketShardEvents.SocketError, reportError);
manager.on(WebSocketShardEvents.Dispatch, ({ t, d }) => {
	if (t === 'MESSAGE_CREATE') {
		handleMessage(d.content, {
			'!ping': () => rest.post(`/channels/${d.channel_id}/messages`, { body: { content: 'pong' } }),
			'!members': () => manager.send(0, { op: 8, d: { guild_id: d.guild_id, query: '', limit: 0 } }),
			'!leave': () => manager.destroy(),
		});
	} else if (t === 'GUILD_MEMBERS_CHUNK') {
		members += d.members.length;
		if (d.chunk_index + 1 === d.chunk_count) report('members', { count: members });
	}
});

reportStart(version);
await manager.connect();
