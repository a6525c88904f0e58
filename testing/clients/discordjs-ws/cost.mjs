// Receives every event with @discordjs/ws, and does nothing with them.

import { REST } from '@discordjs/rest';
import { CompressionMethod, version, WebSocketManager, WebSocketShardEvents } from '@discordjs/ws';
import { API, INTENTS, TOKEN, reportError, reportStart } from './report.mjs';

const manager = new WebSocketManager({
	token: TOKEN,
	intents: Number(INTENTS),
	rest: new REST({ api: API }).setToken(TOKEN),
	compression: CompressionMethod.ZlibNative,
});
manager.on(WebSocketShardEvents.SocketError, reportError);
// The library hands out the decoded payload.
manager.on(WebSocketShardEvents.Dispatch, () => {});
manager.on(WebSocketShardEvents.Closed, () => process.exit());
// A connection that is closed for good is an error, too.
manager.on(WebSocketShardEvents.Error, () => {});

reportStart(version);
await manager.connect();
