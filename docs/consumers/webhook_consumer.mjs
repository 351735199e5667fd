#!/usr/bin/env node
// Takes events by webhook: webhook_consumer.mjs PORT SECRET_FILE HANDLED
// Only what Node has. SECRET_FILE has the sink's secrets, one a line: two while one takes the other's place.
import crypto from "node:crypto";
import fs from "node:fs";
import http from "node:http";
import { Handled } from "./handled.mjs";

const [port, secretFile, path] = process.argv.slice(2);
const secrets = fs.readFileSync(secretFile, "utf8").split("\n").filter((line) => line.trim())
  .map((line) => Buffer.from(line.trim().replace(/^whsec_/, ""), "base64"));
const handled = new Handled(path);

function isSame(one, other) {
  const a = Buffer.from(one), b = Buffer.from(other);
  return a.length === b.length && crypto.timingSafeEqual(a, b);
}

function isGenuine(headers, body) {
  const stamp = headers["webhook-timestamp"] ?? "";
  if (!/^\d+$/.test(stamp) || Math.abs(Date.now() / 1000 - Number(stamp)) > 300) return false; // Old: somebody may play it back.
  const signed = Buffer.concat([Buffer.from(`${headers["webhook-id"]}.${stamp}.`), body]);
  const good = secrets.map((secret) => "v1," + crypto.createHmac("sha256", secret).update(signed).digest("base64"));
  return (headers["webhook-signature"] ?? "").split(" ").some((each) => good.some((mine) => isSame(each, mine)));
}

http.createServer((request, response) => {
  const pieces = [];
  request.on("data", (piece) => pieces.push(piece));
  request.on("end", () => {
    const body = Buffer.concat(pieces);
    let status = 401;
    if (isGenuine(request.headers, body)) {
      for (const event of [JSON.parse(body)].flat()) handled.handle(event);
      status = 204; // Only now: before this it would come again.
    }
    response.writeHead(status).end();
  });
}).listen(Number(port), "127.0.0.1");
