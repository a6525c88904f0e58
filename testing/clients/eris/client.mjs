// Runs a bot on eris, and prints a report of each event as a JSON object on its own line. eris uses ETF because it finds
// erlpack.

import { readFileSync } from 'node:fs';
import https from 'node:https';
import net from 'node:net';
import { Client } from 'eris';

const { API, COMPRESSION, TOKEN } = process.env;
const { version } = JSON.parse(readFileSync('node_modules/eris/package.json', 'utf8'));
const { hostname, port } = new URL(API);

const report = (type, fields) => console.log(JSON.stringify({ type, ...fields }));
const reportError = (error) => report('error', { message: String(error) });

// eris has no option for REST without TLS.
class PlainAgent extends https.Agent {
	createConnection() {
		return net.connect(port, hostname);
	}
}

const client = new Client(`Bot ${TOKEN}`, {
	intents: ['guilds', 'guildMessages', 'messageContent'],
	compress: COMPRESSION === 'zlib-stream',
	rest: { agent: new PlainAgent(), domain: hostname, baseURL: '/api/v10' },
});

client.on('rawWS', ({ op, t, s, d }) => {
	if (op !== 0) return;
	if (t === 'READY') report('ready', { guilds: d.guilds.length });
	report('event', { name: t, sequence: s, id: d?.id, content: d?.content });
});
client.on('shardResume', () => report('resumed'));
client.on('error', reportError);
client.on('messageCreate', async (message) => {
	if (message.content === '!ping') {
		await client.createMessage(message.channel.id, 'pong').catch(reportError);
	} else if (message.content === '!leave') {
		client.disconnect({ reconnect: false });
	}
});

report('start', { version, runtime: `node ${process.versions.node}` });
await client.connect();
