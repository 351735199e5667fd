"""What was handled: in place of your database, where the event's id would be a unique key."""
import json
import os


class Handled:
    def __init__(self, path):
        self.file = open(path, "a+b")
        self.file.seek(0)
        whole = self.file.read().rpartition(b"\n")[0]
        self.file.truncate(len(whole) + 1 if whole else 0)  # A line that was cut short was not handled.
        lines = [json.loads(line) for line in whole.splitlines()]
        self.ids = {line["id"] for line in lines}
        self.last_sequence = max((line["sequence"] for line in lines), default="")

    def handle(self, event):
        """Once, however often it comes. When this has returned it may be acknowledged."""
        if event["id"] in self.ids:
            return
        line = {"id": event["id"], "sequence": event.get("sequence", ""), "type": event["type"], "text": event["data"].get("text", "")}
        self.file.write(json.dumps(line, ensure_ascii=False).encode() + b"\n")
        self.file.flush()
        os.fsync(self.file.fileno())
        self.ids.add(event["id"])
        self.last_sequence = max(self.last_sequence, line["sequence"])
