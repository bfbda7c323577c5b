"""Journeys, events and the values they hold."""

import ipaddress
from datetime import datetime, timedelta, timezone

SECOND = 1_000_000  # All times are whole microseconds since 1970, UTC.
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE


class Journey:
    """The steps of a journey (the first opens, the last completes) and its two time bounds."""

    def __init__(self, steps, gap, limit):
        self.steps = steps
        self.opening = steps[0]
        self.completing = steps[-1]
        self.gap = gap
        self.limit = limit


JOURNEYS = {
    "login": Journey(["start", "credential", "mfa", "complete"], 10 * MINUTE, 30 * MINUTE),
    "registration": Journey(["start", "submit", "verify", "complete"], 24 * HOUR, 72 * HOUR),
    "password_reset": Journey(["request", "open", "complete"], 24 * HOUR, 24 * HOUR),
    "mfa_enrolment": Journey(["offer", "start", "verify", "complete"], 30 * MINUTE, HOUR),
    "step_up": Journey(["challenge", "verify", "complete"], 10 * MINUTE, 30 * MINUTE),
    "consent": Journey(["prompt", "complete"], 10 * MINUTE, 30 * MINUTE),
    "account_recovery": Journey(["request", "proof", "complete"], 24 * HOUR, 72 * HOUR),
}

# Journeys of single events. They never form attempts.
SINGLE_EVENTS = {
    "session": ["start", "sso", "refresh", "token", "end"],
    "account": ["password_changed", "factor_added", "factor_removed", "contact_changed", "locked",
                "unlocked", "disabled", "consent_revoked", "impersonated"],
    "support": ["contact", "resolved"],
}

# Links are opened on other devices: here the actor alone ties an event to an attempt.
TIED_BY_ACTOR_ALONE = {"registration", "password_reset", "account_recovery"}
# A completion of these with no live attempt to join is nobody's try.
NEEDS_AN_ATTEMPT = {"password_reset", "account_recovery", "step_up"}
COUNTS_TRIES = {"login", "step_up"}
ACTORS_PER_ATTEMPT_MAX = 3

STEP_RANK = {}
for _name, _journey in JOURNEYS.items():
    STEP_RANK.update({(_name, step): rank for rank, step in enumerate(_journey.steps)})
for _name, _steps in SINGLE_EVENTS.items():
    STEP_RANK.update({(_name, step): rank for rank, step in enumerate(_steps)})
OUTCOME_RANK = {"progress": 0, "failure": 1, "denied": 2, "success": 3}


class Event:
    """At time `at` an actor did `step` of `journey` from `origin`, with `outcome` and `reason`."""

    __slots__ = ("at", "journey", "step", "outcome", "reason", "method", "actor", "kind",
                 "correlation", "session", "origin", "tenant", "topic", "id", "signals")

    def __init__(self, at, journey, step, outcome, reason=None, method=None, actor=None,
                 kind=None, correlation=None, session=None, origin=None, tenant=None, topic=None):
        self.at = at
        self.journey = journey
        self.step = step
        self.outcome = outcome
        self.reason = reason
        self.method = method
        self.actor = actor
        self.kind = kind
        self.correlation = correlation
        self.session = session
        self.origin = origin
        self.tenant = tenant
        self.topic = topic
        self.id = ""
        self.signals = ()

    def completes(self):
        journey = JOURNEYS.get(self.journey)
        return (journey is not None and self.step == journey.completing
                and self.outcome == "success")

    def ties(self):
        """The keys under which "same correlation or session" is looked up."""
        keys = []
        if self.correlation is not None:
            keys.append(("correlation", self.correlation))
        if self.session is not None:
            keys.append(("session", self.session))
        return keys


def canonical_order(event):
    return (event.at, STEP_RANK[event.journey, event.step], OUTCOME_RANK[event.outcome], event.id)


NO_VALUE = {"", "null", "unknown", "Not Available", "-"}


def value(raw):
    """The trimmed text of a field, or None where the field says nothing."""
    if raw is None or isinstance(raw, (dict, list)):
        return None
    text = str(raw).strip()
    return None if text in NO_VALUE else text


def name_value(raw):
    text = value(raw)
    return text.lower() if text is not None else None


ORIGINS = {}


def origin_value(raw):
    """The IPv4 address, or the /64 of an IPv6 address. IPv4 inside IPv6 is folded."""
    text = value(raw)
    if text is None:
        return None
    if text not in ORIGINS:
        ORIGINS[text] = parse_origin(text)
    return ORIGINS[text]


def parse_origin(text):
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    if address.version == 4:
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return "%x/64" % (int(address) >> 64)


EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def microseconds(moment):
    return (moment - EPOCH) // timedelta(microseconds=1)


def parse_rfc3339(text):
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a time without a zone")
    return microseconds(moment)


MONTHS = {month: number for number, month in enumerate(
    "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(), start=1)}
