"""The rule set `basic`, and the marks it gives to events."""

import bisect
from collections import Counter, defaultdict

from events import MINUTE

GUESS_REASONS = {"bad_credential", "unknown_user", "locked", "disabled", "mfa_failed"}


def is_guess(event):
    return (event.journey == "login" and event.outcome == "failure"
            and event.reason in GUESS_REASONS)


def is_login_completion(event):
    return event.journey == "login" and event.completes()


def is_reset_request(event):
    return event.journey == "password_reset" and event.step == "request"


def by_origin(event):
    return event.origin


def by_actor(event):
    return event.actor


def by_actor_and_origin(event):
    if event.actor is None or event.origin is None:
        return None
    return (event.actor, event.origin)


class Rule:
    """One security rule. `condition` is given the number of matching events in the window, the
    number of distinct values among them, and the number of login completions beside them."""

    def __init__(self, name, journey, group, match, distinct, timespan, condition, marks):
        self.name = name
        self.journey = journey
        self.group = group
        self.match = match
        self.distinct = distinct
        self.timespan = timespan
        self.condition = condition
        self.marks = marks


BASIC_RULES = [
    Rule("credential_stuffing", "login", by_origin, is_guess, by_actor, 10 * MINUTE,
         lambda guesses, actors, logins: actors >= 15 and 10 * guesses >= 8 * (guesses + logins),
         marks="group"),
    Rule("brute_force", "login", by_actor_and_origin, is_guess, by_origin, 10 * MINUTE,
         lambda guesses, origins, logins: guesses >= 10,
         marks="group"),
    Rule("distributed_guessing", "login", by_actor, is_guess, by_origin, 10 * MINUTE,
         lambda guesses, origins, logins: guesses >= 10 and origins >= 3,
         marks="matching"),
    Rule("reset_abuse", "password_reset", by_origin, is_reset_request, by_actor, 60 * MINUTE,
         lambda requests, actors, logins: actors >= 5,
         marks="matching"),
]


def firing_times(rule, events):
    """Group key -> the instants at which the rule fires, in order."""
    groups = defaultdict(list)
    for event in events:
        key = rule.group(event)
        if key is not None and (rule.match(event) or is_login_completion(event)):
            groups[key].append(event)
    fired = {}
    for key, members in groups.items():
        times = firing_times_of_group(rule, members)
        if times:
            fired[key] = times
    return fired


def firing_times_of_group(rule, members):
    times = []
    matching = 0
    logins = 0
    values = Counter()
    first = 0  # The oldest event still in the window.
    next_ = 0  # The first event not yet in the window.
    while next_ < len(members):
        at = members[next_].at
        matches_now = False
        while next_ < len(members) and members[next_].at == at:
            event = members[next_]
            next_ += 1
            if rule.match(event):
                matches_now = True
                matching += 1
                values[rule.distinct(event)] += 1
            else:
                logins += 1
        while members[first].at <= at - rule.timespan:
            event = members[first]
            first += 1
            if rule.match(event):
                matching -= 1
                values[rule.distinct(event)] -= 1
                if values[rule.distinct(event)] == 0:
                    del values[rule.distinct(event)]
            else:
                logins -= 1
        distinct = len(values) - (1 if None in values else 0)
        if matches_now and rule.condition(matching, distinct, logins):
            times.append(at)
    return times


def lies_in_an_interval(rule, times, at):
    """Whether `at` lies in the interval of any of the rule's firings."""
    # The first firing at or after `at`: its interval reaches back, with an open lower end.
    position = bisect.bisect_left(times, at)
    if position < len(times) and times[position] - rule.timespan < at:
        return True
    # The last firing before `at`: only intervals that mark a group reach forward, open as well.
    if rule.marks == "group" and position > 0:
        return at < times[position - 1] + rule.timespan
    return False


def mark(events):
    """Gives each event the names of the rules that mark it."""
    for rule in BASIC_RULES:
        fired = firing_times(rule, events)
        if not fired:
            continue
        for event in events:
            if rule.marks == "matching":
                concerned = rule.match(event)
            else:
                concerned = event.journey == rule.journey
            if not concerned:
                continue
            times = fired.get(rule.group(event))
            if times is not None and lies_in_an_interval(rule, times, event.at):
                event.signals += (rule.name,)
