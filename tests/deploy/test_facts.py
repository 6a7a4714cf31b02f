"""Facts keep their stored names."""

from typing import get_args

import msgspec

from cockpit.deploy import facts
from cockpit.deploy.pulls.pull_request import MergeMethod, PullRequest
from cockpit.deploy.schedule.presence import Sign


def test_renamed_fields_and_facts_keep_their_stored_names() -> None:
    def stored(fact: facts.AnyFact) -> object:
        return msgspec.json.decode(msgspec.json.encode(fact))

    assert stored(facts.Advanced(1, "canary", "b", verdict="GO")) == {
        "type": "Advanced", "rung": 1, "step": "canary", "build": "b", "overrode": "", "said": "GO",
    }  # fmt: skip
    assert stored(facts.CommandTaken("ann", "bob", ("x",))) == {
        "type": "ConnTaken", "by": "ann", "previous": "bob", "card": ["x"],
    }  # fmt: skip
    assert stored(facts.HandedOver("ann", "note", ("x",))) == {
        "type": "HandedOver", "to": "ann", "note": "note", "card": ["x"],
    }  # fmt: skip
    pull = PullRequest(12, "A change", "Lin", MergeMethod.SQUASH, ("c",), (), 0.0)
    for fact in (
        facts.RevertAsked(pull, verdict="GO"),
        facts.RolledBack("b", (), verdict="GO"),
        facts.Finished("b", verdict="GO"),
    ):
        values = stored(fact)
        assert isinstance(values, dict)
        assert values["said"] == "GO"
        assert "verdict" not in values
    assert stored(facts.HandoffRead("ann")) == {"type": "CardRead", "of": "ann"}
    assert stored(facts.CommanderLost("ann", "bob", 1.0, Sign.LEFT)) == {
        "type": "CommanderLost", "person": "ann", "following": "bob", "since": 1.0, "how": "left",
    }  # fmt: skip


def test_a_pull_is_named_by_its_name_or_its_number() -> None:
    assert facts.pull_name(facts.Reverted(12, (), (), "t")) == "#12"
    assert facts.pull_name(facts.RevertFailed(0, "conflict", name="D12")) == "D12"


def test_the_defaults_of_every_fact_have_the_type_of_their_field() -> None:
    for kind in get_args(facts.AnyFact):
        for field in msgspec.structs.fields(kind):
            if field.default is not msgspec.NODEFAULT:
                assert msgspec.convert(msgspec.to_builtins(field.default), field.type) == field.default, (kind, field)
