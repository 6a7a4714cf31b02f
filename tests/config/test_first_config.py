"""A team's first config.toml."""

import tomllib
from pathlib import Path

import pytest

from cockpit.config import load
from cockpit.config.first_config import Answers, first_config, guess_forge

REFERENCE = (Path(__file__).parents[2] / "config.toml").read_text()
HOSTS = {"staging": ("s1",), "canary": ("c1",), "production": ("p1", "p2")}
ANSWERS = Answers(
    'sh"op', "git@github.com:acme/shop.git", "trunk", "github", "acme/shop", "consul", "prometheus",
    "http://metrics:9090", ("make", "dist"), HOSTS,
)  # fmt: skip


@pytest.mark.parametrize(
    ("url", "kind", "project"),
    [
        ("git@github.com:acme/shop.git", "github", "acme/shop"),
        ("https://github.com/acme/shop", "github", "acme/shop"),
        ("ssh://git@gitlab.acme.example:2222/web/shop.git", "gitlab", "2222/web/shop"),
        ("https://ann:secret@codeberg.org/acme/shop.git", "gitea", "acme/shop"),
        ("/srv/git/shop.git", "none", ""),
        ("https://example.org/shop.git", "none", ""),
        ("", "none", ""),
    ],
)
def test_the_forge_is_guessed_from_the_url(url: str, kind: str, project: str) -> None:
    assert guess_forge(url) == (kind, project)


def test_the_answers_replace_the_values_of_the_reference_and_its_comments_stay(tmp_path: Path) -> None:
    text = first_config(REFERENCE, ANSWERS)
    (tmp_path / "config.toml").write_text(text)
    config = load(tmp_path / "config.toml")
    assert (config.app, config.repository.url, config.repository.main) == ('sh"op', ANSWERS.repository, "trunk")
    assert (config.forge.kind, config.forge.project, config.store.kind) == ("github", "acme/shop", "consul")
    assert (config.metrics.kind, config.prometheus.url) == ("prometheus", "http://metrics:9090")
    assert config.build.command == ("make", "dist")
    comments = [line for line in REFERENCE.splitlines() if line.startswith("#")]
    assert [line for line in comments if line not in text] == []


def test_a_tier_without_hosts_is_left_out_with_its_steps(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(first_config(REFERENCE, ANSWERS))
    policy = load(tmp_path / "config.toml").policy
    assert {tier.name: tier.hosts for tier in policy.tiers} == HOSTS
    assert [step.tier for step in policy.ladder] == ["staging", "canary", *["production"] * 5]


def test_the_answers_of_the_reference_give_the_reference() -> None:
    reference = tomllib.loads(REFERENCE)
    hosts = {tier["name"]: tuple(tier["hosts"]) for tier in reference["tier"]}
    assert first_config(REFERENCE, Answers("shop", ".", hosts=hosts)) == REFERENCE
