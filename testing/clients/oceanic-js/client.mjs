// Runs a bot on oceanic.js, and prints a report of each event as a JSON object on its own line. oceanic.js uses ETF
// because it finds erlpack.

import { readFileSync } from 'node:fs';
import { Client, Intents } from 'oceanic.js';

const { API, COMPRESSION, TOKEN } = process.env;
const { version } = JSON.parse(readFileSync('node_modules/oceanic.js/package.json', 'utf8'));

const report = (type, fields) => console.log(JSON.stringify({ type, ...fields }));
const reportError = (error) => report('error', { message: String(error) });

const client = new Client({
	auth: `Bot ${TOKEN}`,
	rest: { baseURL: `${API}/v10` },
	gateway: {
		intents: Intents.GUILDS | Intents.GUILD_MESSAGES | Intents.MESSAGE_CONTENT,
		compress: COMPRESSION === 'none' ? false : COMPRESSION,
	},
});

client.on('packet', ({ op, t, s, d }) => {
	if (op !== 0) return;
	if (t === 'READY') report('ready', { guilds: d.guilds.length });
	report('event', { name: t, sequence: s, id: d?.id, content: d?.content });
});
client.on('shardResume', () => report('resumed'));
client.on('error', reportError);
client.on('messageCreate', async (message) => {
	if (message.content === '!ping') {
		await client.rest.channels.createMessage(message.channelID, { content: 'pong' }).catch(reportError);
	} else if (message.content === '!leave') {
		client.disconnect(false);
	}
});

report('start', { version, runtime: `node ${process.versions.node}` });
await client.connect();
