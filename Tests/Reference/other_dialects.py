"""The access log, sshd and help desk forms."""

import re
import sys
from datetime import datetime, timedelta, timezone

from events import (JOURNEYS, MONTHS, Event, microseconds, name_value, origin_value,
                    parse_rfc3339, value)

# Page views that open a journey. Everything else is ignored on purpose.
PAGE_VIEWS = {
    "/login": ("login", "start"),
    "/register": ("registration", "start"),
    "/mfa/setup": ("mfa_enrolment", "start"),
    "/consent": ("consent", "prompt"),
}

ACCESS_LINE = re.compile(
    r'(?P<address>\S+) \S+ .*?\[(?P<time>[^\]]+)\] '
    r'"(?P<method>\S+) (?P<target>\S+)[^"]*" (?P<status>\d{3}) ')
ACCESS_TIME = re.compile(r"(\d\d)/(\w{3})/(\d{4}):(\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)$")


def parse_access_time(text):
    match = ACCESS_TIME.match(text)
    if match is None:
        raise ValueError("not an access log time")
    day, month, year, hour, minute, second, sign, zone_hours, zone_minutes = match.groups()
    moment = datetime(int(year), MONTHS[month], int(day), int(hour), int(minute), int(second),
                      tzinfo=timezone.utc)
    offset = timedelta(hours=int(zone_hours), minutes=int(zone_minutes))
    return microseconds(moment - offset if sign == "+" else moment + offset)


def read_access(match):
    if match["method"] != "GET" or match["status"] != "200":
        return None
    path = match["target"].split("?")[0]
    if path not in PAGE_VIEWS:
        return None
    journey, step = PAGE_VIEWS[path]
    return Event(at=parse_access_time(match["time"]), journey=journey, step=step,
                 outcome="progress", origin=origin_value(match["address"]))


SSHD_LINE = re.compile(
    r"(?P<month>[A-Z][a-z]{2}) +(?P<day>\d{1,2}) (?P<hour>\d\d):(?P<minute>\d\d):(?P<second>\d\d) "
    r"\S+ sshd(?:-session)?\[\d+\]: (?P<text>.*)$")
SSHD_FAILED = re.compile(r"Failed password for (invalid user )?(.*) from (\S+) port \d+ ssh2$")
SSHD_ACCEPTED = re.compile(r"Accepted (\S+) for (.*) from (\S+) port \d+ ssh2")


def read_sshd(match, year):
    text = match["text"]
    failed = SSHD_FAILED.match(text)
    accepted = SSHD_ACCEPTED.match(text)
    if failed is None and accepted is None:
        return None
    if year is None:
        sys.exit("scorecard_reference: sshd lines carry no year, got no --year")
    at = microseconds(datetime(
        year, MONTHS[match["month"]], int(match["day"]), int(match["hour"]),
        int(match["minute"]), int(match["second"]), tzinfo=timezone.utc))
    if failed is not None:
        invalid_user, name, address = failed.groups()
        reason = "unknown_user" if invalid_user else "bad_credential"
        return Event(at=at, journey="login", step="credential", outcome="failure", reason=reason,
                     method="password", actor=name_value(name), kind="workforce",
                     origin=origin_value(address))
    method, name, address = accepted.groups()
    return Event(at=at, journey="login", step="complete", outcome="success", method=method,
                 actor=name_value(name), kind="workforce", origin=origin_value(address))


TOPICS = {"cannot sign in": "login", "lost phone": "account_recovery",
          "password": "password_reset"}
TOPICS.update({name: name for name in JOURNEYS})


def read_helpdesk(record):
    step = value(record["action"])
    if step not in ("contact", "resolved"):
        return None
    topic = name_value(record.get("topic"))
    return Event(at=parse_rfc3339(record["at"]), journey="support", step=step,
                 outcome="success" if step == "resolved" else "progress",
                 actor=name_value(record.get("customer")), kind="customer",
                 correlation=value(record.get("ticket")), topic=TOPICS.get(topic))
