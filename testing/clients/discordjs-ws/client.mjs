// Runs a bot on @discordjs/ws, and prints a report of each event as a JSON object on its own line.

import { REST } from '@discordjs/rest';
import { CompressionMethod, version, WebSocketManager, WebSocketShardEvents } from '@discordjs/ws';

const { API, COMPRESSION, TOKEN } = process.env;
const GUILDS_AND_MESSAGES = 1 | (1 << 9) | (1 << 15);

const report = (type, fields) => console.log(JSON.stringify({ type, ...fields }));
const reportError = (error) => report('error', { message: String(error) });

const rest = new REST({ api: API }).setToken(TOKEN);
const manager = new WebSocketManager({
	token: TOKEN,
	intents: GUILDS_AND_MESSAGES,
	rest,
	compression: COMPRESSION === 'zlib-stream' ? CompressionMethod.ZlibNative : null,
	useIdentifyCompression: COMPRESSION === 'payload',
});

manager.on(WebSocketShardEvents.Ready, (data) => report('ready', { guilds: data.guilds.length }));
manager.on(WebSocketShardEvents.Resumed, () => report('resumed'));
manager.on(WebSocketShardEvents.Error, reportError);
manager.on(WebSocketShardEvents.SocketError, reportError);
manager.on(WebSocketShardEvents.Dispatch, async ({ t, s, d }) => {
	report('event', { name: t, sequence: s, id: d.id, content: d.content });
	if (t !== 'MESSAGE_CREATE') return;
	if (d.content === '!ping') {
		await rest.post(`/channels/${d.channel_id}/messages`, { body: { content: 'pong' } }).catch(reportError);
	} else if (d.content === '!leave') {
		await manager.destroy();
	}
});

report('start', { version, runtime: `node ${process.versions.node}` });
await manager.connect();
