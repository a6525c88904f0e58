// Sends a command by the node that owns the shard of a guild: asks for the guild's soundboard sounds, which arrive as an event
// SOUNDBOARD_SOUNDS.
//
//     npm ci
//     NATS_URL=nats://localhost:4222 BOT=my-bot GUILD=197038439483310086 node command.js

import { jetstreamManager } from "@nats-io/jetstream";
import { connect, errors, headers } from "@nats-io/transport-node";
import { randomUUID } from "node:crypto";

// Returns what the nodes of gloaming-node have agreed on.
async function numberOfShards(connection, bot) {
  const bucket = `gloaming-${bot}-sessions`;
  const manager = await jetstreamManager(connection);
  const agreement = await manager.streams.getMessage(`KV_${bucket}`, {
    last_by_subj: `$KV.${bucket}.agreement`,
  });
  return agreement.json().shards;
}

// Sends a command, and returns what became of it.
async function send(connection, bot, shards, guild, command) {
  const shard = (guild >> 22n) % BigInt(shards);
  const options = { timeout: 30_000, headers: headers() };
  // The same in a repetition, so that the command is not sent twice.
  options.headers.set("Gloaming-Command", randomUUID());
  options.headers.set("Gloaming-Shard-Total", String(shards));
  const subject = `gloaming.${bot}.commands.${shard}`;
  try {
    const reply = await connection.request(subject, JSON.stringify(command), options);
    return reply.json().status;
  } catch (error) {
    if (error instanceof errors.RequestError && error.isNoResponders()) {
      // Nothing was sent: the shard moves, or no node runs. Ask again some seconds later.
      return "no_owner";
    }
    if (error instanceof errors.TimeoutError) {
      // It was sent or not. With the same id, it could be asked for again.
      return "unknown";
    }
    throw error;
  }
}

const bot = process.env.BOT ?? "my-bot";
const guild = BigInt(process.env.GUILD);
const connection = await connect({ servers: process.env.NATS_URL ?? "nats://localhost:4222" });
const shards = await numberOfShards(connection, bot);
// As Discord documents it.
const command = { op: 31, d: { guild_ids: [String(guild)] } };
console.log(await send(connection, bot, shards, guild, command));
await connection.drain();
