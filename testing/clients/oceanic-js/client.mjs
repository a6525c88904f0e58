// Runs a bot on oceanic.js, which uses ETF because it finds erlpack.

import { readFileSync } from 'node:fs';
import { Client, Intents } from 'oceanic.js';
import { API, COMMAND, COMPRESSION, FILE, TOKEN, handleMessage, report, reportError, reportStart, run } from './report.mjs';

const { version } = JSON.parse(readFileSync('node_modules/oceanic.js/package.json', 'utf8'));

const client = new Client({
	auth: `Bot ${TOKEN}`,
	rest: { baseURL: `${API}/v10` },
	gateway: {
		intents:
			Intents.GUILDS |
			Intents.GUILD_MEMBERS |
			Intents.GUILD_MESSAGES |
			Intents.GUILD_MESSAGE_REACTIONS |
			Intents.DIRECT_MESSAGES |
			Intents.MESSAGE_CONTENT,
		compress: COMPRESSION === 'none' ? false : COMPRESSION,
		// By default, it waits for 20 seconds and more.
		reconnectDelay: () => 1000,
	},
});

client.once('ready', () => run(async () => {
	await client.application.bulkEditGlobalCommands([{ ...COMMAND, type: 1 }]);
	report('ready', { guilds: client.guilds.size });
}));
client.on('error', reportError);
client.on('messageCreate', (message) => handleMessage(message.content, {
	'!ping': () => client.rest.channels.createMessage(message.channelID, { content: 'pong' }),
	'!members': async () => {
		const members = await client.guilds.get(message.guildID).fetchMembers();
		report('members', { count: members.length });
	},
	'!react': () => message.createReaction('🦉'),
	'!dm': async () => (await message.author.createDM()).createMessage({ content: 'direct' }),
	'!leave': () => client.disconnect(false),
}));
client.on('messageReactionAdd', (_message, _reactor, { emoji }) => report('reaction', { emoji: emoji.name }));
client.on('interactionCreate', (interaction) => run(async () => {
	// Members of the generated traffic use other commands.
	if (interaction.data.name !== COMMAND.name) return;
	await interaction.defer();
	await interaction.editOriginal({ content: 'edited' });
	await interaction.createFollowup({ content: 'followed', files: [FILE] });
}));

reportStart(version);
await client.connect();
