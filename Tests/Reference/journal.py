"""Reads files and folders into events, each counted once."""

import gzip
import hashlib
import json
import os
from collections import Counter, deque
from datetime import datetime, timezone

from events import HOUR, canonical_order, microseconds
from keycloak import read_keycloak
from other_dialects import ACCESS_LINE, SSHD_LINE, read_access, read_helpdesk, read_sshd

RECORDS_LOOKED_BACK = 65_536
EARLIEST = microseconds(datetime(2000, 1, 1, tzinfo=timezone.utc))


class Unreadable(Exception):
    """No dialect understands the record."""


def read_record(text, year):
    """(dialect, event or None, vendor id or None, tenant or None) of one line."""
    try:
        if text.lstrip().startswith("{"):
            record = json.loads(text)
            if "type" in record and ("realmId" in record or "realmName" in record):
                return "keycloak", *read_keycloak(record)
            if "ticket" in record and "action" in record:
                return "helpdesk", read_helpdesk(record), None, None
            raise Unreadable
        match = ACCESS_LINE.match(text)
        if match is not None:
            return "access-log", read_access(match), None, None
        match = SSHD_LINE.match(text)
        if match is not None:
            return "sshd", read_sshd(match, year), None, None
    except (ValueError, KeyError, TypeError, OverflowError) as error:
        raise Unreadable from error
    raise Unreadable


class Journal:
    """All events, each counted once."""

    def __init__(self, now, year):
        self.now = now
        self.year = year
        self.kept = {}  # (at, id) -> (length and hash of the record's text, event)
        self.counted = Counter()

    def add_path(self, path):
        if os.path.isdir(path):
            for folder, folders, names in os.walk(path):
                folders.sort()
                for name in sorted(names):
                    self.add_file(os.path.join(folder, name))
        else:
            self.add_file(path)

    def add_file(self, path):
        with open(path, "rb") as file:
            packed = file.read(2) == b"\x1f\x8b"
        with gzip.open(path, "rb") if packed else open(path, "rb") as file:
            self.add_stream(file)

    def add_stream(self, lines):
        """A stream is the content of one file. Equal texts in it are told apart by number."""
        recent = deque()
        recent_texts = Counter()
        for line in lines:
            line = line.rstrip(b"\r\n")
            if not line.strip():
                continue
            number = recent_texts[line] + 1
            recent.append(line)
            recent_texts[line] = number
            if len(recent) > RECORDS_LOOKED_BACK:
                oldest = recent.popleft()
                recent_texts[oldest] -= 1
                if recent_texts[oldest] == 0:
                    del recent_texts[oldest]
            self.add_record(line, number)

    def add_record(self, line, number):
        self.counted["records"] += 1
        text = line.decode("utf-8", errors="replace")
        try:
            dialect, event, vendor_id, tenant = read_record(text, self.year)
        except Unreadable:
            self.counted["unreadable"] += 1
            return
        if event is None:
            self.counted["ignored"] += 1
            return
        if event.at < EARLIEST or event.at > self.now + 24 * HOUR:
            self.counted["clock_skewed"] += 1
            return
        text_hash = hashlib.sha256(line).hexdigest()
        if vendor_id is not None:
            event.id = f"{dialect} {tenant} {vendor_id}"
        else:
            event.id = f"{dialect} {text_hash} {number}"
        self.keep(event, (len(line), text_hash))

    def keep(self, event, evidence):
        """Of records with one id and time the longer is kept, then the one with larger hash."""
        key = (event.at, event.id)
        if key not in self.kept:
            self.kept[key] = (evidence, event)
            return
        self.counted["duplicates"] += 1
        if evidence > self.kept[key][0]:
            self.kept[key] = (evidence, event)

    def events(self):
        return sorted((event for _, event in self.kept.values()), key=canonical_order)
