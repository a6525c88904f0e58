// Runs a bot on discord.js, and prints a report of each event as a JSON object on its own line.

import { Client, Events, GatewayIntentBits, version } from 'discord.js';

const { API, TOKEN } = process.env;

const report = (type, fields) => console.log(JSON.stringify({ type, ...fields }));
const reportError = (error) => report('error', { message: String(error) });

const client = new Client({
	intents: [GatewayIntentBits.Guilds, GatewayIntentBits.GuildMessages, GatewayIntentBits.MessageContent],
	rest: { api: API },
});

client.on(Events.Raw, ({ t, s, d }) => report('event', { name: t, sequence: s, id: d.id, content: d.content }));
client.on(Events.ClientReady, () => report('ready', { guilds: client.guilds.cache.size }));
client.on(Events.ShardResume, () => report('resumed'));
client.on(Events.ShardError, reportError);
client.on(Events.Error, reportError);
client.on(Events.MessageCreate, async (message) => {
	if (message.content === '!ping') {
		await message.channel.send('pong').catch(reportError);
	} else if (message.content === '!leave') {
		await client.destroy();
	}
});

report('start', { version, runtime: `node ${process.versions.node}` });
await client.login(TOKEN);
