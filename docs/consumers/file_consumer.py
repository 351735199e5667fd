#!/usr/bin/env python3
"""Follows the file of a sink, over its rotations: file_consumer.py FILE HANDLED"""
import glob
import json
import os
import sys
import time

from handled import Handled

path, handled = sys.argv[1], Handled(sys.argv[2])


def take(line):
    event = json.loads(line)
    if event["sequence"] > handled.last_sequence:
        handled.handle(event)


def take_full_ones():
    """Those that were put aside, in their order; each name ends in the sequence of its first event."""
    full = sorted(glob.glob(glob.escape(path) + ".????????????????"))
    for at, name in enumerate(full):
        next_first = full[at + 1].rpartition(".")[2] if at + 1 < len(full) else None
        if next_first is None or next_first > handled.last_sequence:
            with open(name, "rb") as lines:
                for line in lines:
                    take(line)


while True:
    try:
        current = open(path, "rb")
    except FileNotFoundError:
        time.sleep(0.2)
        continue
    take_full_ones()
    with current:
        while True:
            at = current.tell()
            line = current.readline()
            if line.endswith(b"\n"):
                take(line)
                continue
            current.seek(at)  # Half a line: the rest is being written.
            is_put_aside = not os.path.exists(path) or os.stat(path).st_ino != os.fstat(current.fileno()).st_ino
            if is_put_aside and not line and not current.read(1):
                break
            time.sleep(0.2)
