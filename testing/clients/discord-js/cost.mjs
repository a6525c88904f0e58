// Receives every event with discord.js, and does nothing with them.

import { Client, Events, GatewayIntentBits, version } from 'discord.js';
import { API, TOKEN, reportError, reportStart } from './report.mjs';

const client = new Client({
	intents: Object.values(GatewayIntentBits).filter(Number.isInteger),
	rest: { api: API },
});
client.on(Events.Error, reportError);
// Only a connection that is closed for good.
client.on(Events.ShardDisconnect, () => process.exit());

reportStart(version);
await client.login(TOKEN);
