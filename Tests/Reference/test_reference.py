#!/usr/bin/env python3
"""Tests of the reference: the worked examples, then what they leave out.

Usage: test_reference.py [EXAMPLES_FOLDER]

The examples are looked for in the argument, else in $LOCKSTEP_EXAMPLES, else beside this
checkout (`shared/examples`), else in `Tests/…/Fixtures/examples`.
"""

import glob
import gzip
import json
import os
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

import compare
from events import SECOND, name_value, origin_value, parse_rfc3339, value
from journal import RECORDS_LOOKED_BACK, Journal
from scorecard_reference import quantiles, scorecard

NOW = parse_rfc3339("2026-12-31T00:00:00Z")
START = parse_rfc3339("2026-03-01T00:00:00Z")
EXAMPLES_ARGUMENT = None


def examples_folder():
    candidates = [EXAMPLES_ARGUMENT, os.environ.get("LOCKSTEP_EXAMPLES"),
                  os.path.join(HERE, "..", "..", "..", "shared", "examples")]
    candidates += glob.glob(os.path.join(HERE, "..", "Fixtures", "examples"))
    candidates += sorted(glob.glob(os.path.join(HERE, "..", "*", "Fixtures", "examples")))
    return next((each for each in candidates if each and os.path.isdir(each)), None)


def score_paths(paths, year=2026):
    journal = Journal(NOW, year)
    for path in paths:
        journal.add_path(path)
    return scorecard(journal.events())


def score_streams(*streams):
    """The scorecard of streams, each a list of lines or of Keycloak records."""
    journal = Journal(NOW, 2026)
    for stream in streams:
        journal.add_stream(
            (line if isinstance(line, str) else json.dumps(line)).encode() + b"\n"
            for line in stream)
    return scorecard(journal.events())


def journey(card, name):
    return next(each for each in card["journeys"] if each["journey"] == name)


NUMBERS = iter(range(1_000_000))


def keycloak(seconds, kind, user="ann", ip="203.0.113.5", error=None, session=None, realm="shop",
             id=None, **details):
    if user is not None:
        details["username"] = user
    return {"id": id or f"t{next(NUMBERS):07}", "time": START // 1000 + round(seconds * 1000),
            "type": kind, "realmId": realm, "clientId": "web", "userId": user and f"u-{user}",
            "sessionId": session, "ipAddress": ip, "error": error, "details": details}


def wrong_password(seconds, user="ann", **fields):
    return keycloak(seconds, "LOGIN_ERROR", user, error="invalid_user_credentials", **fields)


FILLER = keycloak(10 * 24 * 3600, "LOGOUT", "filler")


class WorkedExamples(unittest.TestCase):
    def test_every_example(self):
        folder = examples_folder()
        if folder is None:
            self.skipTest("no folder with the worked examples")
        inputs = sorted(glob.glob(os.path.join(folder, "*.jsonl")))
        self.assertTrue(inputs, f"no examples in {folder}")
        for path in inputs:
            with self.subTest(os.path.basename(path)):
                with open(path.removesuffix(".jsonl") + ".expected.json") as file:
                    expected = json.load(file)
                card = score_paths([path])
                self.assertEqual(self.differences(card, expected), [])
        print(f"worked examples run: {len(inputs)}", file=sys.stderr)

    def differences(self, card, expected):
        """Compares everything the card counts. What is absent from the example is 0."""
        wanted = {}
        for name, counts in expected.items():
            if name == "_integrity":
                wanted.update({f"integrity.{kind}": count for kind, count in counts.items()})
            else:
                self.flatten_into(wanted, name, counts)
        got = compare.flatten(card)
        for path in [path for path in got if path.startswith("integrity.kept_out.")]:
            got["integrity.kept_out"] = got.get("integrity.kept_out", 0) + got.pop(path)
        return [(path, got.get(path), wanted.get(path)) for path in sorted(got.keys() | wanted)
                if (got.get(path) or 0) != (wanted.get(path) or 0)]

    def flatten_into(self, wanted, path, counts):
        for key, count in counts.items():
            if key == "reached":
                for step, number in count.items():
                    wanted[f"{path}.steps.{step}.reached"] = number
            elif isinstance(count, dict):
                self.flatten_into(wanted, f"{path}.{key}", count)
            else:
                wanted[f"{path}.{key}"] = count


class Reading(unittest.TestCase):
    def test_page_view_opens_the_attempt_of_the_next_person_from_there(self):
        page = '203.0.113.5 - - [01/Mar/2026:01:00:00 +0100] "GET {} HTTP/1.1" {} 9 "-" "Firefox"'
        card = score_streams(
            [page.format("/login?next=%2F", 200), page.format("/style.css", 200),
             page.format("/login", 302), page.format("/login", 200).replace("GET", "POST")],
            [keycloak(42, "LOGIN", session="s1", code_id="c1"), FILLER])
        login = journey(card, "login")
        self.assertEqual((login["attempts"], login["completed"], login["first_try"]), (1, 1, 1))
        self.assertEqual(login["duration_ms"],
                         {"count": 1, "p50": 42_000, "p95": 42_000, "p99": 42_000})
        self.assertEqual([step["reached"] for step in login["steps"]], [1, None, None, 1])

    def test_duration_is_null_without_an_opening_step(self):
        card = score_streams([keycloak(0, "LOGIN", session="s1"), FILLER])
        self.assertIsNone(journey(card, "login")["duration_ms"])

    def test_sshd_is_workforce(self):
        card = score_streams([
            "Mar  1 00:00:00 host sshd[7]: Failed password for root from 192.0.2.1 port 22 ssh2",
            "Mar  1 00:00:02 host sshd[7]: Failed password for invalid user bob from 192.0.2.1 "
            "port 22 ssh2",
            "Mar  1 00:00:04 host sshd[7]: Accepted publickey for root from 192.0.2.1 port 22 "
            "ssh2: RSA SHA256:x",
            "Mar  1 00:00:04 host sshd[7]: Connection closed by 192.0.2.1"])
        self.assertEqual(card["integrity"]["kept_out"], {"workforce": 2})
        self.assertEqual(journey(card, "login")["attempts"], 0)

    def test_help_desk(self):
        line = '{{"ticket":"T-{0}","at":"2026-03-01T00:00:0{0}Z","action":"{1}","topic":"{2}"}}'
        card = score_streams([line.format(1, "contact", "cannot sign in"),
                              line.format(2, "contact", "invoice"),
                              line.format(3, "contact", "step_up"),
                              line.format(4, "resolved", "step_up")])
        self.assertEqual(card["support"],
                         {"contacts": 3, "by_journey": {"login": 1, "step_up": 1}})

    def test_gzip_and_plain_copies_count_once(self):
        lines = [json.dumps(each) for each in (keycloak(0, "LOGIN", session="s1"), FILLER)]
        access = '2001:db8::1 - - [01/Mar/2026:00:00:00 +0000] "GET /login HTTP/1.1" 200 1 "-" "x"'
        content = "\r\n".join(lines + [access, access]).encode()
        with tempfile.TemporaryDirectory() as folder:
            os.mkdir(os.path.join(folder, "below"))
            with open(os.path.join(folder, "plain.log"), "wb") as file:
                file.write(content)
            with gzip.open(os.path.join(folder, "below", "packed.gz"), "wb") as file:
                file.write(content)
            journal = Journal(NOW, 2026)
            journal.add_path(folder)
        # Two identical lines of one file both count, the copy of the file does not.
        self.assertEqual(len(journal.events()), 4)
        self.assertEqual(journal.counted["duplicates"], 4)

    def test_equal_texts_are_numbered_among_the_previous_records_only(self):
        access = '192.0.2.1 - - [01/Mar/2026:00:00:00 +0000] "GET /login HTTP/1.1" 200 1 "-" "x"'
        other = '192.0.2.1 - - [01/Mar/2026:00:00:00 +0000] "GET /{} HTTP/1.1" 200 1 "-" "x"'
        for between, expected in ((RECORDS_LOOKED_BACK - 1, 2),
                                  (RECORDS_LOOKED_BACK, 1)):
            journal = Journal(NOW, 2026)
            lines = [access, *(other.format(number) for number in range(between)), access]
            journal.add_stream(line.encode() for line in lines)
            self.assertEqual(len(journal.events()), expected)

    def test_same_id_and_time_keeps_the_longer_record(self):
        short = keycloak(0, "LOGIN", id="e1")
        long = keycloak(0, "LOGIN_ERROR", id="e1", error="user_not_found", note="x" * 50)
        for order in ([short, long], [long, short]):
            login = journey(score_streams(order + [FILLER]), "login")
            self.assertEqual((login["attempts"], login["failed"]), (1, 1))

    def test_values_that_say_nothing(self):
        for text in ("", " ", "null", "unknown", "Not Available", "-", None):
            self.assertIsNone(value(text))
        self.assertEqual(name_value(" Ann@Example.org "), "ann@example.org")

    def test_origin(self):
        self.assertEqual(origin_value("::ffff:192.0.2.1"), "192.0.2.1")
        self.assertEqual(origin_value("2001:db8:1:2::1"),
                         origin_value("2001:db8:1:2:ffff::9"))
        self.assertIsNone(origin_value("somewhere"))

    def test_times_far_ahead_are_no_events(self):
        ahead = keycloak((NOW - START) // SECOND + 24 * 3600 + 1, "LOGOUT")
        journal = Journal(NOW, 2026)
        journal.add_stream([json.dumps(ahead).encode()])
        self.assertEqual((len(journal.events()), journal.counted["clock_skewed"]), (0, 1))


class Rules(unittest.TestCase):
    def signals(self, *records):
        card = score_streams([*records, FILLER])
        return {name: count for each in card["journeys"]
                for name, count in each["suspect"]["by_signal"].items()}

    def test_window_is_half_open(self):
        nine = [wrong_password(second) for second in range(1, 10)]
        self.assertEqual(self.signals(wrong_password(0), *nine[:-1], wrong_password(599.999)),
                         {"brute_force": 1})
        self.assertEqual(self.signals(wrong_password(0), *nine[:-1], wrong_password(600)), {})

    def test_group_interval_is_open_on_both_sides(self):
        guesses = [wrong_password(600, code_id="g") for _ in range(10)]
        for second, takeovers in ((0, 0), (0.001, 1), (1199.999, 1), (1200, 0)):
            login = keycloak(second, "LOGIN", session="s1", code_id="h")
            card = score_streams([*guesses, login, FILLER])
            self.assertEqual(journey(card, "login")["suspect"]["takeover"], takeovers)

    def test_events_of_the_same_instant_are_in_the_window(self):
        guesses = [wrong_password(0, f"v{each}", ip="192.0.2.7") for each in range(16)]
        logins = [keycloak(0, "LOGIN", f"w{each}", "192.0.2.7", session=f"s{each}")
                  for each in range(5)]
        # 16 of 20 is 0.8, 16 of 21 is less.
        self.assertEqual(self.signals(*guesses, *logins[:4]), {"credential_stuffing": 20})
        self.assertEqual(self.signals(*guesses, *logins), {})

    def test_distributed_guessing_marks_the_guesses_alone(self):
        guesses = [wrong_password(each, ip=f"192.0.2.{each % 3}", code_id=f"c{each % 3}")
                   for each in range(10)]
        success = keycloak(20, "LOGIN", ip="198.51.100.1", session="s1", code_id="c9")
        card = score_streams([*guesses, success, FILLER])
        login = journey(card, "login")
        self.assertEqual(login["suspect"]["by_signal"], {"distributed_guessing": 3})
        self.assertEqual((login["genuine"]["completed"], login["suspect"]["takeover"]), (1, 0))

    def test_reset_abuse_takes_any_outcome(self):
        requests = [keycloak(900 * each, "SEND_RESET_PASSWORD", f"v{each}") for each in range(3)]
        refused = [keycloak(1000 + each, "SEND_RESET_PASSWORD_ERROR", f"w{each}",
                            error="user_not_found") for each in range(2)]
        self.assertEqual(self.signals(*requests, *refused), {"reset_abuse": 5})
        self.assertEqual(self.signals(*requests, refused[0]), {})

    def test_a_missing_value_is_no_distinct_value(self):
        guesses = [wrong_password(each, f"v{each}") for each in range(14)]
        nobody = wrong_password(20, None)
        self.assertEqual(self.signals(*guesses, nobody), {})


class Attempts(unittest.TestCase):
    def test_echo_needs_two_seconds_and_nothing_between(self):
        def twins(seconds, *between):
            card = score_streams([
                keycloak(0, "UPDATE_CREDENTIAL", credential_type="otp", code_id="c1"),
                *between, keycloak(seconds, "UPDATE_TOTP", code_id="c1"), FILLER])
            return card["integrity"]["echo"], journey(card, "mfa_enrolment")["completed"]
        self.assertEqual(twins(2), (1, 1))
        self.assertEqual(twins(2.001), (0, 2))
        failed = keycloak(1, "UPDATE_TOTP_ERROR", code_id="c1", error="invalid_code")
        self.assertEqual(twins(2, failed), (0, 2))
        self.assertEqual(twins(2, keycloak(1, "LOGIN", code_id="c1", session="s1")), (1, 1))

    def test_single_sign_on_looks_back_24_hours(self):
        for hours, expected in ((24, (1, 1)), (24.01, (0, 2))):
            card = score_streams([keycloak(0, "LOGIN", session="s1"),
                                  keycloak(hours * 3600, "LOGIN", session="s1"), FILLER])
            self.assertEqual((card["integrity"]["sso"], journey(card, "login")["completed"]),
                             expected)

    def test_chained_is_prevented_by_a_credential_event(self):
        register = keycloak(0, "REGISTER", code_id="c1")
        login = keycloak(60, "LOGIN", session="s1", code_id="c1")
        late = keycloak(60.001, "LOGIN", session="s1", code_id="c1")
        for records, chained in (([register, login], 1), ([register, late], 0),
                                 ([register, wrong_password(30, code_id="c1"), login], 0),
                                 ([register, wrong_password(30, code_id="c2"), login], 1)):
            card = score_streams([*records, FILLER])
            self.assertEqual(card["integrity"]["chained"], chained)

    def test_unanchored_twins(self):
        card = score_streams([
            keycloak(0, "UPDATE_CREDENTIAL", credential_type="password", code_id="c1"),
            keycloak(0.01, "UPDATE_PASSWORD", code_id="c1"), FILLER])
        self.assertEqual((card["integrity"]["unanchored"], card["integrity"]["echo"]), (1, 1))
        self.assertEqual(journey(card, "password_reset")["attempts"], 0)

    def test_completion_after_a_failure_without_credential_success_is_a_try(self):
        card = score_streams([
            wrong_password(0, code_id="c1"),
            wrong_password(1, code_id="c1", selected_credential_id="k"),
            keycloak(2, "LOGIN", code_id="c1", session="s1"), FILLER])
        login = journey(card, "login")
        self.assertEqual(login["tries"], 3)
        self.assertEqual(login["reasons"], {"bad_credential": 1, "mfa_failed": 1})
        self.assertEqual([step["reached"] for step in login["steps"]], [None, 1, 1, 1])

    def test_abandoned_and_open(self):
        open_reset = keycloak(0, "SEND_RESET_PASSWORD")
        card = score_streams([open_reset, FILLER])
        self.assertEqual(journey(card, "password_reset")["abandoned"], 1)
        # Exactly at the limit the attempt is still open.
        card = score_streams([open_reset, keycloak(24 * 3600, "LOGOUT")])
        self.assertEqual(journey(card, "password_reset")["open"], 1)

    def test_order_of_arrival_does_not_matter(self):
        records = [wrong_password(each, f"v{each % 7}", code_id=f"c{each % 5}")
                   for each in range(60)]
        records += [keycloak(100 + each, "LOGIN", f"v{each}", session=f"s{each}",
                             code_id=f"c{each}") for each in range(7)]
        records.append(FILLER)
        forwards = score_streams(records)
        self.assertEqual(score_streams(records[::-1]), forwards)
        self.assertEqual(score_streams(records[::2], records[1::2], records[:9]), forwards)

    def test_quantiles_take_the_rank_rounded_up(self):
        self.assertEqual(quantiles(range(1, 101)),
                         {"count": 100, "p50": 50, "p95": 95, "p99": 99})
        self.assertEqual(quantiles([7, 9])["p50"], 7)
        self.assertEqual(quantiles([])["p50"], None)


class Comparing(unittest.TestCase):
    def setUp(self):
        page = '203.0.113.5 - - [01/Mar/2026:00:00:00 +0000] "GET /login HTTP/1.1" 200 9 "-" "x"'
        self.text = json.dumps(score_streams(
            [page, keycloak(42, "LOGIN", session="s1"), FILLER]))

    def changed(self, **changes):
        left, right = json.loads(self.text), json.loads(self.text)
        journey(left, "login").update(changes)
        return [path for path, _, _ in compare.differences(left, right)]

    def test_equal(self):
        self.assertEqual(self.changed(), [])

    def test_a_count(self):
        self.assertEqual(self.changed(attempts=2, reasons={"locked": 1, "other": 0}),
                         ["login.attempts", "login.reasons.locked"])

    def test_a_missing_key_is_0(self):
        left, right = json.loads(self.text), json.loads(self.text)
        del journey(left, "login")["open"], journey(left, "login")["completed"]
        del left["integrity"], left["journeys"][-1]
        self.assertEqual(compare.differences(left, right), [("login.completed", 0, 1)])

    def test_null_against_a_number(self):
        self.assertEqual(self.changed(duration_ms=None),
                         [f"login.duration_ms.{key}" for key in ("count", "p50", "p95", "p99")])

    def test_quantiles_within_one_percent(self):
        def durations(p50):
            return {"count": 1, "p50": p50, "p95": 42_000, "p99": 42_000}
        self.assertEqual(self.changed(duration_ms=durations(42_420)), [])
        self.assertEqual(self.changed(duration_ms=durations(42_421)), ["login.duration_ms.p50"])


if __name__ == "__main__":
    if len(sys.argv) > 1 and os.path.isdir(sys.argv[1]):
        EXAMPLES_ARGUMENT = sys.argv.pop(1)
    unittest.main()
