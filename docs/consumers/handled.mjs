// What was handled: in place of your database, where the event's id would be a unique key.
import fs from "node:fs";

export class Handled {
  constructor(path) {
    const before = fs.existsSync(path) ? fs.readFileSync(path, "utf8") : "";
    const whole = before.slice(0, before.lastIndexOf("\n") + 1); // A line that was cut short was not handled.
    if (whole !== before) fs.writeFileSync(path, whole);
    const lines = whole.split("\n").filter(Boolean).map((line) => JSON.parse(line));
    this.ids = new Set(lines.map((line) => line.id));
    this.lastSequence = lines.reduce((last, line) => (line.sequence > last ? line.sequence : last), "");
    this.file = fs.openSync(path, "a");
  }

  // Once, however often it comes. When this has returned it may be acknowledged.
  handle(event) {
    if (this.ids.has(event.id)) return;
    const line = { id: event.id, sequence: event.sequence ?? "", type: event.type, text: event.data.text ?? "" };
    fs.writeSync(this.file, JSON.stringify(line) + "\n");
    fs.fsyncSync(this.file);
    this.ids.add(event.id);
    if (line.sequence > this.lastSequence) this.lastSequence = line.sequence;
  }
}
