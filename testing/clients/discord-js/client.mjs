// Runs a bot on discord.js.

import { Client, Events, GatewayIntentBits, Partials, version } from 'discord.js';
import { API, COMMAND, FILE, TOKEN, handleMessage, report, reportError, reportStart, run } from './report.mjs';

const client = new Client({
	intents: [
		GatewayIntentBits.Guilds,
		GatewayIntentBits.GuildMembers,
		GatewayIntentBits.GuildMessages,
		GatewayIntentBits.GuildMessageReactions,
		GatewayIntentBits.DirectMessages,
		GatewayIntentBits.MessageContent,
	],
	partials: [Partials.Channel],
	rest: { api: API },
});

client.on(Events.ClientReady, () => run(async () => {
	await client.application.commands.set([COMMAND]);
	report('ready', { guilds: client.guilds.cache.size });
}));
client.on(Events.ShardError, reportError);
client.on(Events.Error, reportError);
client.on(Events.MessageCreate, (message) => handleMessage(message.content, {
	'!ping': () => message.channel.send('pong'),
	'!members': async () => report('members', { count: (await message.guild.members.fetch()).size }),
	'!react': () => message.react('🦉'),
	'!dm': () => message.author.send('direct'),
	'!leave': () => client.destroy(),
}));
client.on(Events.MessageReactionAdd, (reaction) => report('reaction', { emoji: reaction.emoji.name }));
client.on(Events.InteractionCreate, (interaction) => run(async () => {
	// Members of the generated traffic use other commands.
	if (interaction.commandName !== COMMAND.name) return;
	await interaction.deferReply();
	await interaction.editReply('edited');
	await interaction.followUp({ content: 'followed', files: [{ attachment: FILE.contents, name: FILE.name }] });
}));

reportStart(version);
await client.login(TOKEN);
