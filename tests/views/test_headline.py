"""The headline: release, state, people, and errors of sources."""

from dataclasses import replace

from msgspec.structs import replace as put

from cockpit.deploy.locks import Holder
from cockpit.deploy.pulls.reviews import Review, Reviews
from cockpit.deploy.snapshot import Seen
from cockpit.deploy.suspects.ranking import Suspect
from cockpit.views.headline import errors, headline
from cockpit.views.rows import Tone, length, plain
from tests.builders import ADA, NOW, SCENES, at_canary, no_data, soaking


def test_it_has_three_lines_of_the_given_width() -> None:
    for scene in SCENES.values():
        for width in (20, 40, 80, 200):
            lines = headline(scene(), width, ADA, watching=True)
            assert len(lines) == 3
            assert all(length(line) in {0, width} for line in lines)


def test_it_says_who_commands_and_whether_this_terminal_may() -> None:
    assert "commander you  " in plain(headline(at_canary(), 80, ADA))
    assert "commander you, ada@box" in plain(headline(at_canary(), 160, ADA))
    assert " READ-ONLY   commander ada@box" in plain(headline(at_canary(), 80, "bob@desk"))
    assert "WATCHING" in plain(headline(at_canary(), 80, ADA, watching=True))
    assert "WATCHING" not in plain(headline(at_canary(), 80, ADA))
    assert "no commander" in plain(headline(replace(at_canary(), commander=Seen(Holder(), NOW)), 80, ADA))


def test_an_error_of_a_source_has_its_own_line_and_tone() -> None:
    lines = headline(no_data(), 80)
    assert lines[2][0].tone is Tone.UNKNOWN
    assert "no host answered" in plain(lines)
    assert errors(at_canary()) == ()


def test_errors_of_the_forge_and_of_error_reports_are_listed() -> None:
    reviews = Seen[Reviews]({31: Review(31, "a", "b", "")}, NOW, "github: its rate limit is used up")
    suspects = Seen[tuple[Suspect, ...]]((), NOW, "report: cannot be read")
    listed = errors(replace(soaking(), reviews=reviews, suspects=suspects))
    assert listed == ("github: its rate limit is used up", "report: cannot be read")


def test_hosts_ahead_of_the_store_are_an_error() -> None:
    calm = at_canary()
    ahead = {host: put(status, serial=99) for host, status in calm.statuses.value.items() if host == "canary-1"}
    lost = replace(calm, statuses=Seen({**calm.statuses.value, **ahead}, NOW))
    assert errors(lost) == ("the store lost the targets of 1 host, which keep serving their build: restore its backup",)
