"""Keys that need a forge say so, and an answer of the forge stays valid for three rounds."""

from pathlib import Path

import pytest

from cockpit.config import load
from cockpit.config.forge_section import reviews_valid_for
from cockpit.config.sections import ForgeConfig
from tests.config.config_files import SMALL, problems, written


@pytest.mark.parametrize("key", ['reverts = "pull"', "reland = true"])
def test_reverts_as_pull_requests_need_a_forge(tmp_path: Path, key: str) -> None:
    text = SMALL.replace('url = "origin.git"', f'url = "origin.git"\n{key}')
    (problem,) = problems(tmp_path, text)
    assert problem.startswith("forge.kind must name a forge if repository.reverts is")


def test_an_unknown_kind_of_revert_is_named(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, SMALL.replace('url = "origin.git"', 'url = "origin.git"\nreverts = "mail"'))
    assert problem == 'line 4: repository.reverts must be "push" or "pull"'


def test_deployments_need_a_forge(tmp_path: Path) -> None:
    text = SMALL + "[forge]\ndeployments = true\n"
    assert problems(tmp_path, text) == ["line 11: forge.kind must name a forge if forge.deployments is true"]


@pytest.mark.parametrize(
    ("key", "problem"),
    [
        ('project = "shop"', "line 13: forge.project must be owner/name"),
        ('project = "acme/shop"\nurl = "github.com"', "line 14: forge.url must begin with https://"),
    ],
)
def test_an_incomplete_forge_is_named(tmp_path: Path, key: str, problem: str) -> None:
    assert problems(tmp_path, SMALL + f'[forge]\nkind = "github"\n{key}\n') == [problem]


@pytest.mark.parametrize(("every", "seconds"), [(200.0, 600.0), (5.0, 300.0)])
def test_an_answer_is_valid_for_three_rounds_and_at_least_five_minutes(every: float, seconds: float) -> None:
    assert reviews_valid_for(ForgeConfig("github", every=every)) == seconds


def test_without_a_forge_there_is_no_answer_to_wait_for(tmp_path: Path) -> None:
    assert load(written(tmp_path, SMALL)).policy.reviews_valid_for == 0.0
