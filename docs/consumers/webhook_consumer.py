#!/usr/bin/env python3
"""Takes events by webhook: webhook_consumer.py PORT SECRET_FILE HANDLED

Only the standard library. SECRET_FILE has the sink's secrets, one a line: two while one takes the other's place.
"""
import base64
import hashlib
import hmac
import json
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock

from handled import Handled

port, secret_file, path = int(sys.argv[1]), sys.argv[2], sys.argv[3]
secrets = [base64.b64decode(line.strip().removeprefix("whsec_")) for line in open(secret_file) if line.strip()]
handled, lock = Handled(path), Lock()


def is_genuine(headers, body):
    stamp = headers.get("webhook-timestamp", "")
    if not stamp.isdigit() or abs(time.time() - int(stamp)) > 300:
        return False  # Old: somebody may play it back.
    signed = headers.get("webhook-id", "").encode() + b"." + stamp.encode() + b"." + body
    good = ["v1," + base64.b64encode(hmac.new(secret, signed, hashlib.sha256).digest()).decode() for secret in secrets]
    return any(hmac.compare_digest(each.encode(), mine.encode()) for each in headers.get("webhook-signature", "").split() for mine in good)


class Receiver(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        status = 401
        if is_genuine(self.headers, body):
            events = json.loads(body)
            with lock:
                for event in events if isinstance(events, list) else [events]:
                    handled.handle(event)
            status = 204  # Only now: before this it would come again.
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


ThreadingHTTPServer(("127.0.0.1", port), Receiver).serve_forever()
