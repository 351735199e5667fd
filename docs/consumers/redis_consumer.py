#!/usr/bin/env python3
"""Takes events from a Redis stream: redis_consumer.py URL KEY GROUP NAME HANDLED

Needs redis-py (Debian: python3-redis). Kill it whenever you like: what it had taken and not acknowledged it takes again.
"""
import json
import sys
import time

import redis

from handled import Handled

url, key, group, name, path = sys.argv[1:6]
handled = Handled(path)
server = redis.Redis.from_url(url, decode_responses=True, socket_timeout=10)


def make_group():
    try:
        server.xgroup_create(key, group, id="0", mkstream=True)
    except redis.ResponseError as refused:
        if "BUSYGROUP" not in str(refused):
            raise


def wait_or_make_group(failed):
    """The stream is new, or Redis was emptied: then events come again, and are known by their ids. Or Redis is not there."""
    try:
        if "NOGROUP" not in str(failed):
            raise failed
        make_group()
    except redis.RedisError:
        time.sleep(1)


behind = "0"  # First what was given to us before and not acknowledged; then, with `>`, what is new.
while True:
    try:
        answer = server.xreadgroup(group, name, {key: behind}, count=100, block=1000)
        entries = answer[0][1] if answer else []
        for entry, fields in entries:
            if fields:
                handled.handle(json.loads(fields["event"]))
            server.xack(key, group, entry)
        if behind != ">":
            behind = entries[-1][0] if entries else ">"
    except redis.RedisError as failed:
        wait_or_make_group(failed)
        behind = "0"
