from pathlib import Path

import pytest

from cockpit.config import ConfigError, load
from cockpit.deploy.policy import CommanderPolicy, GatePolicy

REFERENCE = Path(__file__).parents[2] / "config.toml"
SMALL = """
[repository]
url = "origin.git"
[[tier]]
name = "staging"
serves = "nobody"
[[step]]
tier = "staging"
percent = 100
soak = 0
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "config.toml"
    path.write_text(text)
    return path


def problems(folder: Path, text: str) -> list[str]:
    with pytest.raises(ConfigError) as wrong:
        load(written(folder, text))
    return [line.strip() for line in str(wrong.value).splitlines()[1:]]


def test_the_reference_config_is_valid_and_says_what_the_defaults_are() -> None:
    config = load(REFERENCE)
    assert [tier.name for tier in config.policy.tiers] == ["staging", "dogfood", "canary", "production"]
    assert [step.percent for step in config.policy.ladder] == [100, 100, 100, 10, 25, 50, 75, 100]
    gate = config.policy.gate
    assert {name: getattr(gate, name) for name in GatePolicy.__struct_fields__} == {
        name: getattr(GatePolicy(), name) for name in GatePolicy.__struct_fields__
    }


def test_the_commander_section_has_defaults_and_ranges(tmp_path: Path) -> None:
    assert load(REFERENCE).policy.commander == CommanderPolicy()
    off = load(written(tmp_path, SMALL + "[commander]\ndeadman = 0\n"))
    assert off.policy.commander == CommanderPolicy(deadman=0.0)
    for key, value in (("deadman", "-1"), ("kept", "0.1"), ("kept", "nan")):
        (said,) = problems(tmp_path, SMALL + f"[commander]\n{key} = {value}\n")
        assert f"commander.{key} must be from" in said


def test_what_is_left_out_has_its_default_and_paths_are_relative_to_the_file(tmp_path: Path) -> None:
    config = load(written(tmp_path, SMALL))
    assert config.build.output == "."
    assert config.state == tmp_path / "state"
    assert config.resolve(config.store.path) == tmp_path / "state/store.db"


def test_every_problem_is_listed_with_its_key_line_and_nearest_name(tmp_path: Path) -> None:
    text = SMALL.replace('"staging"\npercent', '"stagin"\npercent') + '[gate]\nceilling = 0.1\nfresh = "long"\n'
    assert problems(tmp_path, text) == [
        "line 12: gate.ceilling is not a key that cockpit knows; did you mean ceiling?",
        "line 13: gate.fresh must be a number, not a text",
        'line 8: step[0].tier "stagin" is no tier; did you mean staging?',
        "step never takes staging to 100 per cent: add one",
    ]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("url =", "uri ="), "repository.url is missing"),
        (('"nobody"', '"nobodi"'), 'tier[0].serves "nobodi" is not known; did you mean nobody?'),
        (("percent = 100", "percent = 0"), "must be above 0 and at most 100"),
        (("percent = 100", "percent = 101"), "must be above 0 and at most 100"),
        (("soak = 0", "soak = -1"), "must not be negative"),
        (("soak = 0", "soak = nan"), "must not be negative"),
        (("[repository]", "[gate]\nceiling = 2\n[repository]"), "gate.ceiling must be from 1e-06 to 1"),
        (("[repository]", "[gate]\ntolerated = nan\n[repository]"), "gate.tolerated must be from 1 to 100"),
        (('serves = "nobody"', 'serves = "nobody"\nhosts = ["a", "a"]'), "names the host a twice"),
        (('serves = "nobody"', 'serves = "nobody"\nmax_unavailable = 0'), "must be a count from 1 on, or a share"),
        (('serves = "nobody"', 'serves = "nobody"\nmax_unavailable = "all"'), "must be a count from 1 on, or a share"),
        (("[[step]]", "[step]"), "must be written as [[step]]"),
        (('name = "staging"', 'name = "a/b"'), "must not be empty or contain a slash"),
        (("[repository]", '[store]\nkind = "sqlit"\n[repository]'), '"sqlit" is not known; did you mean sqlite?'),
        (("[repository]", "app = 3\n[repository]"), "app must be a text"),
    ],
)
def test_each_kind_of_mistake_is_named(tmp_path: Path, change: tuple[str, str], said: str) -> None:
    assert any(said in line for line in problems(tmp_path, SMALL.replace(*change)))


def test_a_file_that_is_missing_or_no_toml_says_so(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such file"):
        load(tmp_path / "none.toml")
    with pytest.raises(ConfigError, match="not valid TOML"):
        load(written(tmp_path, "a = = b"))


def test_reverts_as_prs_need_a_forge(tmp_path: Path) -> None:
    for asked in ('reverts = "pull"', "reland = true"):
        with pytest.raises(ConfigError, match="must name a forge"):
            load(written(tmp_path, SMALL.replace('url = "origin.git"', f'url = "origin.git"\n{asked}')))
    with pytest.raises(ConfigError, match=r"repository\.reverts"):
        load(written(tmp_path, SMALL.replace('url = "origin.git"', 'url = "origin.git"\nreverts = "mail"')))
