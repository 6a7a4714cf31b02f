"""`report`, `figures` and `replay` on a log and a traffic record that stand in a real store, of either kind."""

import asyncio
import json
import sqlite3
from contextlib import closing
from pathlib import Path
from uuid import uuid4
from xml.etree import ElementTree

import msgspec
import pytest

from cockpit import wiring
from cockpit.cli.time_argument import moment
from cockpit.config import load
from cockpit.deploy import store_keys
from cockpit.deploy.events import digest, encode
from cockpit.deploy.record.log_head import LogHead
from cockpit.deploy.record.log_head import encode as anchored
from cockpit.ports import Put
from tests.cli.test_verbs import run
from tests.consuls import ConsulProcess
from tests.recorded import NOON, pages, rolled_back

TIERS = """
app = "shop"
[repository]
url = "origin.git"
[[tier]]
name = "dogfood"
serves = "company"
[[tier]]
name = "canary"
serves = "public"
hosts = ["canary-1"]
[[tier]]
name = "production"
serves = "public"
hosts = ["web-01", "web-02"]
"""
STEPS = "".join(f'[[step]]\ntier = "{tier}"\npercent = 100\nsoak = 0\n' for tier in ("dogfood", "canary", "production"))
RELEASE = rolled_back()


@pytest.fixture(params=["sqlite", "consul"])
def kept(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A shell beside the config of a store in which the release stands; which kind of store it is."""
    store = ""
    if request.param == "consul":
        server: ConsulProcess = request.getfixturevalue("consul")
        store = f'[store]\nkind = "consul"\naddress = "127.0.0.1:{server.http}"\nroot = "tests/{uuid4()}"\n'
    (tmp_path / "config.toml").write_text(TIERS + STEPS + store)
    monkeypatch.chdir(tmp_path)
    asyncio.run(_fill())
    return str(request.param)


async def _fill() -> None:
    async with wiring.open_context(load(Path("config.toml"))) as world:
        events = [Put(store_keys.event(RELEASE.id, event.number), encode(event), 0) for event in RELEASE.events]
        anchor = LogHead(digest(events[-1].value), len(events))
        await world.store.commit(
            *events, Put(store_keys.CURRENT, RELEASE.id.encode()), Put(store_keys.HEAD, anchored(anchor))
        )
        for number, page in enumerate(pages()):
            await world.store.commit(Put(store_keys.traffic(RELEASE.id, number), msgspec.json.encode(page)))


def test_a_report_is_a_page_a_text_or_values(kept: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "report", RELEASE.id)
    assert code == 0
    assert out.startswith(f"# shop {RELEASE.id}: rolled back\n")
    assert "| 38 (40 errors in 160 requests) | 20 s | 35 s |" in out
    code, out, _ = run(capsys, "report", "--format", "html")
    assert (code, out.count("<svg")) == (0, 2)
    code, out, _ = run(capsys, "report", "--json")
    assert json.loads(out)["incidents"][0]["harmed"] == 38
    assert run(capsys, "report", "--json") == (0, out, "")


def test_a_report_in_a_file_has_its_pictures_beside_it(kept: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "report", "--output", "post-mortem.md")[0] == 0
    text = Path("post-mortem.md").read_text()
    pictures = sorted(Path().glob("*.svg"))
    assert len(pictures) == 2
    for picture in pictures:
        assert f"]({picture.name})" in text
        ElementTree.fromstring(picture.read_text())  # noqa: S314 - our own picture
    code, _, err = run(capsys, "report", "--output", "no/such/folder/x.md")
    assert (code, "cannot be written" in err) == (3, True)


def test_what_there_is_no_record_of_is_refused_in_words(kept: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = run(capsys, "report", "2001-01-01.1")
    assert (code, err) == (1, "refused: there is no release 2001-01-01.1; `cockpit history` lists them\n")


def test_the_figures_of_a_period(kept: str, capsys: pytest.CaptureFixture[str]) -> None:
    day = ("--since", "2026-11-23", "--until", "2026-11-24")
    code, out, _ = run(capsys, "dora", *day, "--json")
    found = json.loads(out)
    assert (code, found["deploys"], found["failed"], found["failure_rate"]) == (0, 1, 1, 1.0)
    assert found["restore"] == {"median": 35.0, "p90": 35.0, "count": 1}
    assert found["lead_time"] is None
    code, out, _ = run(capsys, "dora", *day)
    assert "change failure rate     100.0 %" in out
    for wrong in (("--since", "soon"), ("--since", "now"), ("--since", "2026-11-24", "--until", "2026-11-23")):
        code, _, err = run(capsys, "dora", *wrong)
        assert code == 2
        assert err.startswith("cockpit: ")


def test_history_says_what_the_gate_had_said(kept: str, capsys: pytest.CaptureFixture[str]) -> None:
    out = run(capsys, "history", RELEASE.id)[1]
    assert "the gate said WAIT: 40 of 100 requests needed, and was overridden" in " ".join(out.split())
    told = json.loads(run(capsys, "history", RELEASE.id, "--json")[1])["events"]
    assert [event["verdict"] for event in told if event["what"]["type"] == "RolledBack"] == [
        "ROLL BACK: canary 20.0 % (40 of 200) vs old hosts 1.00 %"
    ]


def test_the_log_is_verified_against_a_head_that_was_kept(kept: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "history", "--verify", "--json")
    proof = json.loads(out)
    assert (code, proof["proved"], proof["events"]) == (0, True, len(RELEASE.events))
    code, out, _ = run(capsys, "history", "--verify", "--against", proof["digest"])
    assert (code, f"event {len(RELEASE.events)} of {RELEASE.id}: all up to it is as it was" in out) == (0, True)
    assert run(capsys, "history", "--against", "f" * 64)[0] == 1
    code, _, err = run(capsys, "history", "--against", "abc")
    assert (code, "12 characters" in err) == (1, True)
    if kept == "sqlite":
        with closing(sqlite3.connect("state/store.db")) as file:
            file.execute("DELETE FROM entries WHERE key = ?", (store_keys.event(RELEASE.id, len(RELEASE.events)),))
            file.commit()
        code, _, err = run(capsys, "history", "--verify")
        assert (code, "some are gone" in err) == (1, True)


def test_a_replay_without_a_screen_tells_the_events_and_changes_nothing(
    kept: str, capsys: pytest.CaptureFixture[str]
) -> None:
    async def everything() -> tuple[tuple[str, bytes | None], ...]:
        async with wiring.open_context(load(Path("config.toml"))) as world:
            return tuple((entry.key, entry.value) for entry in await world.store.list(""))

    before = asyncio.run(everything())
    code, out, _ = run(capsys, "replay", RELEASE.id, "--speed", "10000", "--json")
    told = [json.loads(line) for line in out.splitlines()]
    assert code == 0
    assert [event["number"] for event in told] == [event.number for event in RELEASE.events]
    code, out, _ = run(capsys, "replay", "--speed", "10000", "--headless")
    assert (code, "ROLLED BACK dogfood, canary, production" in out) == (0, True)
    assert asyncio.run(everything()) == before
    assert run(capsys, "replay", "--speed", "0")[0] == 2
    code, _, err = run(capsys, "replay", "2001-01-01.1", "--headless")
    assert (code, "there is no release 2001-01-01.1" in err) == (1, True)
    code, _, err = run(capsys, "replay")
    assert (code, "the screen needs a terminal" in err) == (3, True)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("now", NOON), ("7d", NOON - 7 * 86_400), ("36h ago", NOON - 36 * 3600), ("90m", NOON - 5400),
        ("90s", NOON - 90), ("30min", NOON - 1800), ("1.5 h", NOON - 5400), ("12:30", NOON - 84_600),
        ("11:30", NOON - 1800), ("2026-11-23", NOON - 12 * 3600),
        ("2026-11-23T12:00", NOON), ("2026-11-23T12:00+01:00", NOON - 3600),
    ],
)  # fmt: skip
def test_a_moment_is_said_as_people_say_it(said: str, meant: float) -> None:
    assert moment(said, NOON) == meant


@pytest.mark.parametrize(
    "said",
    ["", "soon", "7y", "5 weeks", "25:00", "2026-13-01", "-1d", "\x1b[2J", "999999d", "0001-01-01", "9999-12-31"],
)
def test_what_is_no_moment_is_refused_with_the_way_out(said: str) -> None:
    with pytest.raises(ValueError, match="is no time: say 2026-11-23"):
        moment(said, NOON)
