// Runs a bot on eris, which uses ETF because it finds erlpack.

import { readFileSync } from 'node:fs';
import https from 'node:https';
import net from 'node:net';
import { Client } from 'eris';
import { API, COMMAND, COMPRESSION, FILE, TOKEN, handleMessage, report, reportError, reportStart, run } from './report.mjs';

const { version } = JSON.parse(readFileSync('node_modules/eris/package.json', 'utf8'));
const { hostname, port } = new URL(API);

// eris has no option for REST without TLS.
class PlainAgent extends https.Agent {
	createConnection() {
		return net.connect(port, hostname);
	}
}

const client = new Client(`Bot ${TOKEN}`, {
	intents: ['guilds', 'guildMembers', 'guildMessages', 'guildMessageReactions', 'directMessages', 'messageContent'],
	compress: COMPRESSION === 'zlib-stream',
	rest: { agent: new PlainAgent(), domain: hostname, baseURL: '/api/v10' },
});

client.once('ready', () => run(async () => {
	await client.bulkEditCommands([{ ...COMMAND, type: 1 }]);
	report('ready', { guilds: client.guilds.size });
}));
client.on('error', reportError);
client.on('messageCreate', (message) => handleMessage(message.content, {
	'!ping': () => client.createMessage(message.channel.id, 'pong'),
	'!members': async () => {
		const members = await client.guilds.get(message.guildID).fetchMembers();
		report('members', { count: members.length });
	},
	'!react': () => message.addReaction('🦉'),
	'!dm': async () => (await message.author.getDMChannel()).createMessage('direct'),
	'!leave': () => client.disconnect({ reconnect: false }),
}));
client.on('messageReactionAdd', (_message, emoji) => report('reaction', { emoji: emoji.name }));
client.on('interactionCreate', (interaction) => run(async () => {
	// Members of the generated traffic use other commands.
	if (interaction.data.name !== COMMAND.name) return;
	await interaction.defer();
	await interaction.editOriginalMessage('edited');
	await interaction.createFollowup('followed', { name: FILE.name, file: FILE.contents });
}));

reportStart(version);
await client.connect();
