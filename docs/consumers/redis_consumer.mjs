#!/usr/bin/env node
// Takes events from a Redis stream: redis_consumer.mjs URL KEY GROUP NAME HANDLED
// Needs node-redis 4 (Debian: node-redis; npm: redis). Kill it whenever you like: what it had taken and not acknowledged it
// takes again.
import { createRequire } from "node:module";
import { setTimeout as sleep } from "node:timers/promises";
import { Handled } from "./handled.mjs";

const { createClient } = createRequire(import.meta.url)("redis");
const [url, key, group, name, path] = process.argv.slice(2);
const handled = new Handled(path);
const server = createClient({ url });
server.on("error", () => {}); // It connects again by itself.
await server.connect();

let behind = "0"; // First what was given to us before and not acknowledged; then, with `>`, what is new.
for (;;) {
  try {
    const answer = await server.xReadGroup(group, name, { key, id: behind }, { COUNT: 100, BLOCK: 1000 });
    const entries = answer?.[0]?.messages ?? [];
    for (const entry of entries) {
      if (entry?.message?.event) handled.handle(JSON.parse(entry.message.event));
      await server.xAck(key, group, entry.id);
    }
    if (behind !== ">") behind = entries.length > 0 ? entries[entries.length - 1].id : ">";
  } catch (failed) {
    if (failed.message.includes("NOGROUP")) {
      // The stream is new, or Redis was emptied: events come again, and are known by their ids.
      await server.xGroupCreate(key, group, "0", { MKSTREAM: true }).catch(() => {});
    } else {
      await sleep(1000);
    }
    behind = "0";
  }
}
