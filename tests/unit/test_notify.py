"""Letters: one for each incident's beginning and one for its end, to each receiver, in order."""

from __future__ import annotations

import json
import socket
import socketserver
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from karat.errors import InputError, UnavailableError
from karat.notify import Incident, Letter, Outbox, audited, deliver, receivers
from tests.lakefs_double.receiver import receiving

FAIL = Incident("fail", "book_events", "sim-spot-a", "FAIL of 1 partitions", ("a: <b> & c",))
OPEN = Incident("breaker", "book_events", "sim-spot-a", "stopped")
SORTS = ("fail", "breaker")
ANSWERS = {"DATA": b"354 go on\r\n", "QUIT": b"221 bye\r\n"}


class Shelf:
    """A receiver in memory, which may be down; `name` tells several apart."""

    def __init__(self, name: str = "shelf") -> None:
        self.name, self.down = name, False
        self.got: list[Letter] = []

    def send(self, letter: Letter) -> None:
        if self.down:
            raise UnavailableError(f"{self.name}: down")
        self.got.append(letter)


@pytest.fixture
def outbox(tmp_path: Path) -> Outbox:
    return Outbox(tmp_path / "home" / "notices.db")


def tell(outbox: Outbox, *now: Incident, to: Any = ("shelf",), at_s: int = 100) -> list[Letter]:
    return outbox.tell(now, dataset="book_events", sorts=SORTS, receivers=to, at_s=at_s)


def said(letters: list[Letter]) -> list[tuple[str, bool]]:
    return [(one.incident.sort, one.over) for one in letters]


def test_an_incident_is_told_once_and_again_when_it_is_over(outbox: Outbox) -> None:
    shelf = Shelf()
    assert said(tell(outbox, FAIL, OPEN)) == [("fail", False), ("breaker", False)]
    assert tell(outbox, FAIL, OPEN, at_s=200) == []
    again = Outbox(outbox.path)  # as after a restart
    assert tell(again, replace(FAIL, summary="FAIL of 2 partitions"), OPEN) == []
    assert deliver(again, [shelf], lambda: 200).sent == 2
    assert deliver(outbox, [shelf], lambda: 200).sent == 0
    assert said(tell(outbox, FAIL, at_s=300)) == [("breaker", True)]
    deliver(outbox, [shelf], lambda: 300)
    assert said(shelf.got) == [("fail", False), ("breaker", False), ("breaker", True)]
    assert (shelf.got[2].began_s, shelf.got[2].at_s) == (100, 300)
    tell(outbox, FAIL, OPEN, at_s=400)
    deliver(outbox, [shelf], lambda: 400)
    assert shelf.got[3].id not in {one.id for one in shelf.got[:3]}, "it began anew"


def test_other_datasets_and_sorts_are_left_alone(outbox: Outbox) -> None:
    tell(outbox, FAIL)
    outbox.tell([], dataset="other", sorts=SORTS, receivers=[], at_s=1)
    outbox.tell([], dataset="book_events", sorts=("audit",), receivers=[], at_s=1)
    assert [one.key for one, _ in outbox.incidents()] == [FAIL.key]


def test_a_receiver_that_is_down_loses_nothing_and_holds_nobody_up(outbox: Outbox) -> None:
    down, up = Shelf("down"), Shelf("up")
    down.down = True
    tell(outbox, FAIL, to=("down", "up"), at_s=0)
    tell(outbox, to=("down", "up"), at_s=1)
    done = deliver(outbox, [down, up], lambda: 1)
    assert (done.sent, done.waiting, done.trouble) == (2, 2, {"down": "down: down"})
    down.down = False
    assert deliver(outbox, [down, up], lambda: 5).sent == 0, "not yet"
    assert deliver(outbox, [down, up], lambda: 6).sent == 2
    assert said(down.got) == said(up.got) == [("fail", False), ("fail", True)]


def test_who_comes_later_is_told_of_what_lasts_and_who_was_told_hears_its_end(
    outbox: Outbox,
) -> None:
    first, second = Shelf("first"), Shelf("second")
    assert said(tell(outbox, FAIL, to=(), at_s=1)) == [("fail", False)]
    assert tell(outbox, FAIL, to=("first",), at_s=2) == []
    assert tell(outbox, FAIL, to=("first", "second"), at_s=3) == []
    tell(outbox, to=(), at_s=4)
    deliver(outbox, [first, second], lambda: 5)
    assert said(first.got) == said(second.got) == [("fail", False), ("fail", True)]
    assert {one.began_s for one in first.got + second.got} == {1}


def test_pauses_grow_and_end_somewhere(outbox: Outbox) -> None:
    shelf, pauses = Shelf(), []
    times = iter(range(10_000))
    now = 0
    shelf.down = True
    tell(outbox, FAIL, at_s=0)
    for _ in range(12):
        before = now
        while not deliver(outbox, [shelf], partial(int, now := next(times))).trouble:
            pass
        pauses.append(now - before)
    assert pauses == [0, 5, 10, 20, 40, 80, 160, 300, 300, 300, 300, 300]


def test_what_was_taken_by_one_who_died_is_sent_by_another(outbox: Outbox) -> None:
    tell(outbox, FAIL, at_s=0)
    letter = outbox.take("shelf", 0)
    assert letter is not None
    shelf = Shelf()
    assert deliver(outbox, [shelf], lambda: 59).sent == 0
    assert deliver(outbox, [shelf], lambda: 60).sent == 1
    assert shelf.got == [letter]
    assert shelf.got[0].id == letter.id, "twice at worst, and the receiver can see it"


@settings(max_examples=12)
@given(st.lists(st.tuples(st.sets(st.sampled_from([FAIL, OPEN])), st.booleans()), max_size=8))
def test_each_receiver_can_tell_what_is_wrong_from_its_letters(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[set[Incident], bool]]
) -> None:
    outbox, shelf, now = Outbox(tmp_path_factory.mktemp("o") / "n.db"), Shelf(), 0
    wrong: set[Incident] = set()
    for wrong, shelf.down in steps:
        now += 1000
        tell(outbox, *sorted(wrong, key=lambda one: one.key), at_s=now)
        deliver(outbox, [shelf], partial(int, now))
    shelf.down = False
    deliver(outbox, [shelf], lambda: now + 1000)
    standing: set[str] = set()
    for letter in shelf.got:
        assert (letter.incident.key in standing) is letter.over
        standing ^= {letter.incident.key}
    assert standing == {one.key for one in wrong}


RACER = """
import sys
from pathlib import Path
from karat.notify import Incident, Outbox
box = Outbox(Path(sys.argv[1]))
for at_s in range(20):
    box.tell([Incident("fail", "d", "i", "x")], dataset="d", sorts=("fail",),
             receivers=["shelf"], at_s=at_s)
"""


def test_two_processes_tell_once(outbox: Outbox) -> None:
    words = [sys.executable, "-c", RACER, str(outbox.path)]
    racers = [subprocess.Popen(words) for _ in range(2)]
    assert [one.wait(60) for one in racers] == [0, 0]
    assert outbox.waiting("shelf") == 1


def test_a_file_that_is_no_outbox_is_named(outbox: Outbox) -> None:
    outbox.path.parent.mkdir()
    outbox.path.write_bytes(b"not a database, and longer than its header would be" * 9)
    with pytest.raises(UnavailableError, match=str(outbox.path)):
        outbox.incidents()
    with pytest.raises(sqlite3.DatabaseError):
        sqlite3.connect(outbox.path).execute("SELECT 1 FROM sqlite_master")


def test_a_webhook_gets_json_and_slack_its_own(outbox: Outbox) -> None:
    with receiving() as hook:
        urls = [hook.url, hook.url.replace("http:", "slack+http:")]
        known = receivers(urls)
        tell(outbox, FAIL, to=[one.name for one in known], at_s=0)
        assert deliver(outbox, known, lambda: 0).sent == 2
    plain, slack = hook.payloads
    told = {"event": "opened", "sort": "fail", "dataset": "book_events", "instrument": "sim-spot-a"}
    assert plain.items() >= told.items()
    assert hook.headers[0]["Idempotency-Key"] == plain["id"]
    assert slack["text"].startswith(":rotating_light: *[karat] fail: book_events/sim-spot-a: FAIL")
    assert "• a: &lt;b&gt; &amp; c" in slack["text"]


def test_a_webhook_is_tried_again_and_its_address_is_told_to_nobody(outbox: Outbox) -> None:
    with receiving() as hook:
        hook.status = 503
        url = f"{hook.url}?token=s3cret"
        (one,) = receivers([url])
        tell(outbox, FAIL, to=[one.name], at_s=0)
        done = deliver(outbox, [one], lambda: 0)
        assert len(hook.payloads) == 3
        assert done.trouble == {one.name: f"{one.name}: answered 503"}
        assert len({header["Idempotency-Key"] for header in hook.headers}) == 1
        hook.then = lambda _: setattr(hook, "status", 200)
        assert deliver(outbox, [one], lambda: 5).sent == 1
    refused = deliver_to_nobody(outbox, url)
    told = [str(refused), one.name, repr(one), outbox.path.read_bytes().decode("latin-1")]
    assert not [text for text in told if "s3cret" in text or "/hook" in text]


def deliver_to_nobody(outbox: Outbox, url: str) -> Any:
    (one,) = receivers([url])
    tell(outbox, at_s=10)
    return deliver(outbox, [one], lambda: 10)


@contextmanager
def mail_server() -> Iterator[tuple[int, list[str]]]:
    """Run a server that takes any mail; yield its port and what it was given."""
    given: list[str] = []

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.wfile.write(b"220 here\r\n")
            while line := self.rfile.readline().decode().strip():
                word = line.split()[0].upper()
                self.wfile.write(ANSWERS.get(word, b"250 fine\r\n"))
                if word == "DATA":
                    given.append("".join(iter(lambda: self.rfile.readline().decode(), ".\r\n")))
                    self.wfile.write(b"250 taken\r\n")
                if word == "QUIT":
                    return

    with socketserver.TCPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield server.server_address[1], given
        finally:
            server.shutdown()
            thread.join()


def test_a_mailbox_gets_words(outbox: Outbox) -> None:
    with mail_server() as (port, given):
        (one,) = receivers([f"smtp://127.0.0.1:{port}/?from=karat@x.org&to=ops@x.org"])
        tell(outbox, FAIL, to=[one.name], at_s=0)
        tell(outbox, to=[one.name], at_s=60)
        assert deliver(outbox, [one], lambda: 60).sent == 2
    first, second = (text.replace("\r\n", "\n") for text in given)
    assert "Subject: [karat] fail: book_events/sim-spot-a: FAIL of 1 partitions" in first
    assert "It began on 1970-01-01 00:00:00 UTC." in first
    assert "  - a: <b> & c" in first
    assert "Subject: [karat] resolved: book_events/sim-spot-a" in second
    assert "It is over since 1970-01-01 00:01:00 UTC" in second


def test_a_mail_server_that_is_not_there_is_named_without_its_password() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (one,) = receivers([f"smtp://me:s3cret@127.0.0.1:{port}/?from=a@b&to=c@d"])
    with pytest.raises(UnavailableError, match="ConnectionRefused") as caught:
        one.send(Letter(FAIL, False, 0, 0))  # noqa: FBT003 - as it is named
    assert "s3cret" not in f"{caught.value}{one!r}{one.name}"


@pytest.mark.parametrize(
    "url",
    [
        "hook",
        "ftp://x/s3cret",
        "https://",
        "http://[s3cret",
        "https://x:s3cret/",
        "smtp://x/?to=s3",
    ],
)
def test_a_url_that_means_nobody_is_refused_and_not_shown(url: str) -> None:
    with pytest.raises(InputError, match="KARAT_NOTIFY_URL") as caught:
        receivers([url])
    assert "s3" not in str(caught.value)


def test_an_audit_finding_names_commits() -> None:
    assert audited("d", {}) == []
    (one,) = audited("d", {"c" * 64: {"book_events/x": "no verdict"}})
    assert (one.key, one.details) == ("audit/d/", (f"{'c' * 12}: book_events/x: no verdict",))


def test_a_letter_is_plain_json() -> None:
    letter = Letter(OPEN, True, 1, 2)  # noqa: FBT003 - as it is named
    assert json.loads(json.dumps(letter.plain()))["event"] == "resolved"
    assert Incident.decode(OPEN.encode()) == OPEN
