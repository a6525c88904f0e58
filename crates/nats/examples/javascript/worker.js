// A worker in JavaScript: takes the messages of a bot from NATS, and acknowledges each when it was handled.
//
//     npm ci
//     NATS_URL=nats://localhost:4222 BOT=my-bot node worker.js
//
// A message that is not acknowledged within 30 s comes again, to this or another worker of the group. With EVENTS=3, the
// worker ends after three messages.

import { AckPolicy, jetstream, jetstreamManager } from "@nats-io/jetstream";
import { connect, nanos } from "@nats-io/transport-node";

const bot = process.env.BOT ?? "my-bot";
const stream = `gloaming-${bot}-events`;
let left = Number(process.env.EVENTS ?? 0) || Infinity;

const connection = await connect({ servers: process.env.NATS_URL ?? "nats://localhost:4222" });
const manager = await jetstreamManager(connection);
// All workers with this name are one group, and share the events.
await manager.consumers.add(stream, {
  durable_name: "messages",
  ack_policy: AckPolicy.Explicit,
  ack_wait: nanos(30_000),
  filter_subject: `gloaming.${bot}.events.*.MESSAGE_CREATE`,
});
const consumer = await jetstream(connection).consumers.get(stream, "messages");
const events = await consumer.consume({ max_messages: 16 });
for await (const event of events) {
  // The same in all deliveries of an event. Store it with what the handler does, where twice would be wrong.
  const id = event.headers.get("Nats-Msg-Id");
  const message = event.json();
  console.log(`${id} of shard ${event.headers.get("Gloaming-Shard")}: ${message.content}`);
  event.ack();
  left -= 1;
  if (left === 0) {
    break;
  }
}
await connection.drain();
