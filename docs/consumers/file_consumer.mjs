#!/usr/bin/env node
// Follows the file of a sink, over its rotations: file_consumer.mjs FILE HANDLED
import fs from "node:fs";
import pathOf from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Handled } from "./handled.mjs";

const [path, handledPath] = process.argv.slice(2);
const handled = new Handled(handledPath);

function take(line) {
  const event = JSON.parse(line);
  if (event.sequence > handled.lastSequence) handled.handle(event);
}

// Whole lines from here on; where the last of them ends. A piece is longer than any line.
const bytes = Buffer.alloc(32 << 20);
function takeLines(file, at) {
  for (;;) {
    const length = fs.readSync(file, bytes, 0, bytes.length, at);
    const end = bytes.subarray(0, length).lastIndexOf("\n") + 1;
    if (end === 0) return at;
    for (const line of bytes.toString("utf8", 0, end).split("\n")) if (line) take(line);
    at += end;
  }
}

// Those that were put aside, in their order; each name ends in the sequence of its first event.
function takeFullOnes() {
  const begins = pathOf.basename(path) + ".";
  const full = fs.readdirSync(pathOf.dirname(path)).filter((name) => name.startsWith(begins) && name.length === begins.length + 16).sort();
  full.forEach((name, at) => {
    const nextFirst = full[at + 1]?.slice(begins.length);
    if (nextFirst !== undefined && nextFirst <= handled.lastSequence) return;
    const file = fs.openSync(pathOf.join(pathOf.dirname(path), name), "r");
    takeLines(file, 0);
    fs.closeSync(file);
  });
}

for (;;) {
  if (!fs.existsSync(path)) {
    await sleep(200);
    continue;
  }
  const file = fs.openSync(path, "r");
  takeFullOnes();
  for (let at = 0; ; await sleep(200)) {
    at = takeLines(file, at);
    const isPutAside = !fs.existsSync(path) || fs.statSync(path).ino !== fs.fstatSync(file).ino;
    if (isPutAside && at === fs.fstatSync(file).size) break;
  }
  fs.closeSync(file);
}
