"""Events to attempts, and the completions that are nobody's try."""

import bisect
from collections import Counter, defaultdict

from events import (ACTORS_PER_ATTEMPT_MAX, COUNTS_TRIES, HOUR, JOURNEYS, NEEDS_AN_ATTEMPT,
                    SECOND, TIED_BY_ACTOR_ALONE)


class Attempt:
    """One try at one journey by one person."""

    def __init__(self, number, journey):
        self.number = number  # Attempts are numbered as they open.
        self.journey = journey
        self.events = []
        self.correlations = set()
        self.actors = set()
        self.origins = set()
        self.completion = None

    def is_live(self, at):
        journey = JOURNEYS[self.journey]
        return (self.completion is None
                and at - self.events[-1].at <= journey.gap
                and at - self.events[0].at <= journey.limit)

    def add(self, event):
        self.events.append(event)
        if event.correlation is not None:
            self.correlations.add(event.correlation)
        if event.actor is not None:
            self.actors.add(event.actor)
        if event.origin is not None:
            self.origins.add(event.origin)
        if event.completes():
            self.completion = event

    def lookup_keys(self):
        """What a later event may find this attempt by."""
        keys = {("correlation", correlation) for correlation in self.correlations}
        keys |= {("actor", actor) for actor in self.actors}
        keys |= {("actor and origin", actor, origin)
                 for actor in self.actors for origin in self.origins}
        keys |= {("origin", origin) for origin in self.origins}
        if not self.actors:
            keys |= {("origin, no actor", origin) for origin in self.origins}
        return keys

    def kind(self):
        """The actor kind of the first event that has one. Without any it is a customer's."""
        return next((event.kind for event in self.events if event.kind is not None), "customer")

    def signals(self):
        return {signal for event in self.events for signal in event.signals}

    def is_noise(self):
        return (self.journey == "login" and not self.actors
                and all(event.step == "start" and event.outcome == "failure"
                        and event.reason in ("technical", "expired") for event in self.events))

    def is_open(self, watermark):
        return watermark <= self.events[0].at + JOURNEYS[self.journey].limit

    def outcome(self):
        if self.completion is not None:
            return "completed"
        for event in reversed(self.events):
            if event.outcome != "progress":
                return {"denied": "denied", "failure": "failed"}.get(event.outcome, "abandoned")
        return "abandoned"

    def is_first_try(self):
        return (self.completion is not None
                and all(event.outcome not in ("failure", "denied") for event in self.events))

    def tries(self):
        """Credential submissions, of the journeys that count them."""
        if self.journey not in COUNTS_TRIES:
            return 0
        count = 0
        credential_passed = False
        for event in self.events:
            if event.step in ("credential", "mfa") and event.outcome in ("success", "failure"):
                count += 1
            if event.step == "credential" and event.outcome == "success":
                credential_passed = True
            if event.completes() and not credential_passed:
                count += 1
        return count

    def duration_ms(self):
        """None where the attempt is not completed or its first event is no opening step."""
        first = self.events[0]
        if self.completion is None or first.step != JOURNEYS[self.journey].opening:
            return None
        return (self.completion.at - first.at) // 1000


class AttemptBuilder:
    """Takes events in canonical order. Each joins an attempt, opens one, or is nobody's try."""

    ECHO_WITHIN = 2 * SECOND
    SESSION_SEEN_WITHIN = 24 * HOUR
    CHAINED_WITHIN = 60 * SECOND

    def __init__(self):
        self.attempts = []
        self.nobodys = Counter()
        # journey -> lookup key -> attempts in the order they opened.
        self.found_by = {name: defaultdict(list) for name in JOURNEYS}
        self.last_event = {}  # (journey, actor) -> the last event.
        self.session_seen = {}  # session -> when a completion last showed it.
        self.position = 0
        self.entered = {}  # tie -> (at, position) of the last completed registration or reset.
        self.credential_seen = {}  # tie -> position of the last login event at step credential.

    def take(self, event):
        if event.journey not in JOURNEYS:
            return
        self.position += 1
        kind = self.kind_of_nobodys_completion(event)
        if kind is not None:
            self.nobodys[kind] += 1
        else:
            self.join_or_open(event)
        self.remember(event)

    def kind_of_nobodys_completion(self, event):
        if not event.completes():
            return None
        if self.is_echo(event):
            return "echo"
        if event.journey == "login" and self.is_single_sign_on(event):
            return "sso"
        if event.journey == "login" and self.is_chained(event):
            return "chained"
        if event.journey in NEEDS_AN_ATTEMPT and self.find(event) is None:
            return "unanchored"
        return None

    def is_echo(self, event):
        if event.actor is None:
            return False
        before = self.last_event.get((event.journey, event.actor))
        if before is None or not before.completes() or event.at - before.at > self.ECHO_WITHIN:
            return False
        return any(tie in before.ties() for tie in event.ties())

    def is_single_sign_on(self, event):
        seen = self.session_seen.get(event.session)
        return (event.session is not None and seen is not None
                and event.at - seen <= self.SESSION_SEEN_WITHIN)

    def is_chained(self, event):
        credential = max((self.credential_seen.get(tie, 0) for tie in event.ties()), default=0)
        for tie in event.ties():
            if tie in self.entered:
                at, position = self.entered[tie]
                if event.at - at <= self.CHAINED_WITHIN and position > credential:
                    return True
        return False

    def remember(self, event):
        if event.actor is not None:
            self.last_event[event.journey, event.actor] = event
        if event.completes() and event.session is not None:
            self.session_seen[event.session] = event.at
        if event.journey == "login" and event.step == "credential":
            for tie in event.ties():
                self.credential_seen[tie] = self.position

    def join_or_open(self, event):
        attempt = self.find(event)
        if attempt is None:
            attempt = Attempt(len(self.attempts), event.journey)
            self.attempts.append(attempt)
        known = attempt.lookup_keys()
        attempt.add(event)
        found_by = self.found_by[event.journey]
        for key in attempt.lookup_keys() - known:
            bisect.insort(found_by[key], attempt, key=lambda each: each.number)
        if event.completes() and event.journey in ("registration", "password_reset"):
            for tie in event.ties():
                self.entered[tie] = (event.at, self.position)

    def find(self, event):
        """The newest live attempt that the event joins, in the order of preference."""
        def has_room(attempt):
            actors = attempt.actors | ({event.actor} if event.actor is not None else set())
            return len(actors) <= ACTORS_PER_ATTEMPT_MAX

        if event.correlation is not None:
            attempt = self.newest(event, ("correlation", event.correlation), has_room)
            if attempt is not None:
                return attempt
        if event.actor is not None:
            attempt = None
            if event.journey in TIED_BY_ACTOR_ALONE:
                attempt = self.newest(event, ("actor", event.actor))
            elif event.origin is not None:
                attempt = self.newest(event, ("actor and origin", event.actor, event.origin))
            if attempt is not None:
                return attempt
        if event.origin is None:
            return None
        if event.actor is None and event.step != JOURNEYS[event.journey].opening:
            return self.newest(event, ("origin", event.origin))
        return self.newest(event, ("origin, no actor", event.origin),
                           lambda attempt: not attempt.actors)

    def newest(self, event, key, fits=None):
        attempts = self.found_by[event.journey].get(key, [])
        index = len(attempts) - 1
        while index >= 0:
            attempt = attempts[index]
            if not attempt.is_live(event.at):
                del attempts[index]  # Time only goes on: it will never be live again.
            elif fits is None or fits(attempt):
                return attempt
            index -= 1
        return None
