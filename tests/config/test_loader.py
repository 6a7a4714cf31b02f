"""A config is read whole, and one error lists every problem."""

from pathlib import Path

import pytest

from cockpit.config import ConfigError, load
from cockpit.deploy.policy import CommanderPolicy, GatePolicy
from tests.config.config_files import REFERENCE, SMALL, problems, written


def test_the_reference_config_is_valid_and_shows_the_defaults() -> None:
    config = load(REFERENCE)
    assert [tier.name for tier in config.policy.tiers] == ["staging", "dogfood", "canary", "production"]
    assert [step.percent for step in config.policy.ladder] == [100, 100, 100, 10, 25, 50, 75, 100]
    gate = config.policy.gate
    assert {name: getattr(gate, name) for name in GatePolicy.__struct_fields__} == {
        name: getattr(GatePolicy(), name) for name in GatePolicy.__struct_fields__
    }
    assert config.policy.commander == CommanderPolicy()


def test_a_commander_section_replaces_the_defaults(tmp_path: Path) -> None:
    config = load(written(tmp_path, SMALL + "[commander]\ndeadman = 0\n"))
    assert config.policy.commander == CommanderPolicy(deadman=0.0)


def test_a_missing_key_has_its_default_and_paths_are_relative_to_the_file(tmp_path: Path) -> None:
    config = load(written(tmp_path, SMALL))
    assert config.build.output == "."
    assert (config.app, config.state) == ("app", tmp_path / "state")
    assert config.resolve(config.store.path) == tmp_path / "state/store.db"


def test_every_problem_is_listed_with_its_key_line_and_nearest_name(tmp_path: Path) -> None:
    text = SMALL.replace('"staging"\npercent', '"stagin"\npercent') + '[gate]\nceilling = 0.1\nfresh = "long"\n'
    assert problems(tmp_path, text) == [
        "line 12: gate.ceilling is an unknown key; did you mean ceiling?",
        "line 13: gate.fresh must be a number, not a string",
        'line 8: step[0].tier names an unknown tier "stagin"; did you mean staging?',
        "step never takes staging to 100 %: add a step",
    ]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (("[repository]", '[store]\nkind = "sqlit"\n[repository]'), 'store.kind has an unknown value "sqlit"; did you'),
        (("[repository]", "app = 3\n[repository]"), "app must be a string"),
        (("[repository]", "[comander]\n[repository]"), "comander is an unknown key; did you mean commander?"),
        (("[repository]", "store = 3\n[repository]"), "store must be a section, [store]"),
        (("url =", "uri ="), "repository.url is missing"),
    ],
)
def test_each_kind_of_mistake_is_named(tmp_path: Path, change: tuple[str, str], problem: str) -> None:
    assert any(problem in line for line in problems(tmp_path, SMALL.replace(*change)))


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such file"):
        load(tmp_path / "none.toml")
    with pytest.raises(ConfigError, match="invalid TOML"):
        load(written(tmp_path, "a = = b"))
    (tmp_path / "latin.toml").write_bytes(b'app = "caf\xe9"\n')
    with pytest.raises(ConfigError, match="cannot be read"):
        load(tmp_path / "latin.toml")
