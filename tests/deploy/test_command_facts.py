"""Facts about commands are stored under their tags."""

import msgspec

from cockpit.deploy import command_facts
from cockpit.deploy.facts import AnyFact


def test_a_resume_stored_by_version_0_1_kept_no_pr() -> None:
    assert msgspec.json.decode(b'{"type":"Resumed"}', type=AnyFact) == command_facts.Resumed()


def test_a_rejection_names_the_release_its_builds_and_suspects() -> None:
    fact = command_facts.Rejected("2026-11-23.1", ("b",), ("#31",))
    assert msgspec.json.decode(msgspec.json.encode(fact)) == {
        "type": "Rejected",
        "release": "2026-11-23.1",
        "builds": ["b"],
        "suspects": ["#31"],
    }
