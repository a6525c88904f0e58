// Tells on standard output, one JSON object a line, what happens to a bot on @discordjs/ws.

import { REST } from '@discordjs/rest';
import { CompressionMethod, version, WebSocketManager, WebSocketShardEvents } from '@discordjs/ws';

const { API, COMPRESSION, TOKEN } = process.env;
const GUILDS_AND_MESSAGES = 1 | (1 << 9) | (1 << 15);

const tell = (seen, more) => console.log(JSON.stringify({ seen, ...more }));
const tellTrouble = (error) => tell('trouble', { what: String(error) });

const rest = new REST({ api: API }).setToken(TOKEN);
const manager = new WebSocketManager({
	token: TOKEN,
	intents: GUILDS_AND_MESSAGES,
	rest,
	compression: COMPRESSION === 'zlib-stream' ? CompressionMethod.ZlibNative : null,
	useIdentifyCompression: COMPRESSION === 'payload',
});

manager.on(WebSocketShardEvents.Ready, (data) => tell('ready', { guilds: data.guilds.length }));
manager.on(WebSocketShardEvents.Resumed, () => tell('resumed'));
manager.on(WebSocketShardEvents.Error, tellTrouble);
manager.on(WebSocketShardEvents.SocketError, tellTrouble);
manager.on(WebSocketShardEvents.Dispatch, async ({ t, s, d }) => {
	tell('event', { name: t, sequence: s, id: d.id, content: d.content });
	if (t !== 'MESSAGE_CREATE') return;
	if (d.content === '!ping') {
		await rest.post(`/channels/${d.channel_id}/messages`, { body: { content: 'pong' } }).catch(tellTrouble);
	} else if (d.content === '!leave') {
		await manager.destroy();
	}
});

tell('start', { version, runtime: `node ${process.versions.node}` });
await manager.connect();
