// What the client programs in JavaScript have in common: they print a report of what the library does, as a JSON object
// on its own line, and do what the messages of a member tell them.

export const { API, COMPRESSION, INTENTS, TOKEN } = process.env;

/** The slash command that the programs register. */
export const COMMAND = { name: 'story', description: 'Answers later, and with a file' };

export const FILE = { name: 'story.txt', contents: Buffer.from('a story') };

export const report = (type, fields) => console.log(JSON.stringify({ type, ...fields }));
export const reportError = (error) => report('error', { message: String(error?.stack ?? error) });
export const reportStart = (version) => report('start', { version });

/** Reports a message, and runs the action that it asks for. */
export async function handleMessage(content, actions) {
	report('message', { content });
	await run(actions[content]);
}

/** Reports what goes wrong in an action. */
export async function run(action) {
	try {
		await action?.();
	} catch (error) {
		reportError(error);
	}
}
