"""Requests of the command line, and the plans and refusals that answer them."""

import argparse
import json

import pytest

from cockpit.cli.command_verb import print_decision, request_of
from cockpit.cli.parser import parse
from cockpit.deploy.plan import Plan, Refusal
from tests.cli.shell import Capsys, run
from tests.git_origin import GitOrigin


def test_a_dry_run_prints_the_plan_and_changes_nothing(company: GitOrigin, capsys: Capsys) -> None:
    code, out, _ = run(capsys, "install", "--dry-run")
    assert code == 0
    assert out.startswith("would install ")
    assert "tell every tier to run it" in out
    assert run(capsys, "history", "--json")[1] == "[]\n"


def test_a_refusal_is_printed_as_json_too(company: GitOrigin, capsys: Capsys) -> None:
    code, out, err = run(capsys, "advance", "--json")
    assert (code, json.loads(out)) == (1, {"done": False, "refused": "no release is open: start one"})
    assert err == "refused: no release is open: start one\n"


@pytest.mark.parametrize(
    ("line", "fields"),
    [
        ("start --at abc --override --why mended", {"ref": "abc", "override": True, "why": "mended"}),
        ("revert #12", {"pull": 12, "change": ""}),
        ("revert D7", {"pull": 0, "change": "D7"}),
        ("hand-over --to bob@box --note slow", {"to": "bob@box", "note": "slow"}),
        ("autopilot full", {"mode": "full"}),
        ("freeze --until 2h --why audit", {"until": "2h", "why": "audit"}),
    ],
)
def test_a_request_has_the_options_of_its_verb(line: str, fields: dict[str, object]) -> None:
    request = request_of(parse(line.split()))
    assert {name: getattr(request, name) for name in fields} == fields


def test_fields_are_added_to_the_json_of_a_plan_and_of_a_refusal(capsys: Capsys) -> None:
    options = argparse.Namespace(json=True)
    assert print_decision(options, Refusal("no release"), clean=True) == 1
    assert json.loads(capsys.readouterr().out) == {"done": False, "refused": "no release", "clean": True}
    assert print_decision(options, Plan("hold", "2026-11-23.1", (), 1, ""), dry_run=True, clean=True) == 0
    values = json.loads(capsys.readouterr().out)
    assert (values["done"], values["clean"], values["title"]) == (False, True, "hold")
