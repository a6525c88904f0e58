// Tells on standard output, one JSON object a line, what happens to a bot on discord.js.

import { Client, Events, GatewayIntentBits, version } from 'discord.js';

const { API, TOKEN } = process.env;

const tell = (seen, more) => console.log(JSON.stringify({ seen, ...more }));
const tellTrouble = (error) => tell('trouble', { what: String(error) });

const client = new Client({
	intents: [GatewayIntentBits.Guilds, GatewayIntentBits.GuildMessages, GatewayIntentBits.MessageContent],
	rest: { api: API },
});

client.on(Events.Raw, ({ t, s, d }) => tell('event', { name: t, sequence: s, id: d.id, content: d.content }));
client.on(Events.ClientReady, () => tell('ready', { guilds: client.guilds.cache.size }));
client.on(Events.ShardResume, () => tell('resumed'));
client.on(Events.ShardError, tellTrouble);
client.on(Events.Error, tellTrouble);
client.on(Events.MessageCreate, async (message) => {
	if (message.content === '!ping') {
		await message.channel.send('pong').catch(tellTrouble);
	} else if (message.content === '!leave') {
		await client.destroy();
	}
});

tell('start', { version, runtime: `node ${process.versions.node}` });
await client.login(TOKEN);
