"""From config, file and environment to couriers, with every secret kept."""

import json
from pathlib import Path

import pytest

from cockpit.cli import main
from cockpit.config import load
from cockpit.ports import Failed
from cockpit.wiring import check_people
from cockpit.wiring.notifiers import notifiers
from tests.yards import Yard

SECRET = "very-secret"


def yard(folder: Path, more: str) -> Path:
    Yard(folder)
    path = folder / "config.toml"
    path.write_text(path.read_text() + more)
    return path


async def test_places_come_from_config_file_and_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "urls").write_text(f"json://host/{SECRET}\nAnn = mailto://ann:{SECRET}@mail.example\n")
    monkeypatch.setenv("OUR_PLACES", f"discord://12/{SECRET} json://other/{SECRET}")
    more = (
        f'[people]\nurls = ["slack://xoxb-{SECRET}/#deploys"]\nurls_file = "urls"\nurls_env = "OUR_PLACES"\n'
        '[people.authors]\nBob = "@bob"\n[forge]\nkind = "github"\nproject = "a/b"\ndeployments = true\n'
    )
    config = load(yard(tmp_path, more))
    opened = notifiers(config)
    assert [one.name for one in opened] == ["slack", "discord", "json", "json-2", "author:Ann", "forge:github"]
    for one in opened:
        assert SECRET not in repr(one)
        await one.close()
    said = await check_people(config)
    assert said == "6 places to tell: slack, discord, json, json-2, author:Ann, forge:github"


async def test_nobody_is_told_where_nobody_is_configured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COCKPIT_PEOPLE", raising=False)
    config = load(yard(tmp_path, ""))
    assert list(notifiers(config)) == []
    assert await check_people(config) == "none: nobody is told of a release"


def test_check_names_a_place_that_cannot_be_told_and_keeps_its_secret(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = yard(tmp_path, f'[people]\nurls = ["carrier-pigeon://{SECRET}"]\n')
    assert main(["--config", str(path), "check"]) == 3
    said = "".join(capsys.readouterr())
    assert "carrier-pigeon: its url is none that apprise knows; correct it in [people]" in said
    assert SECRET not in said


def test_a_file_of_places_that_is_not_there_is_named_by_its_key(tmp_path: Path) -> None:
    config = load(yard(tmp_path, '[people]\nurls_file = "missing"\n'))
    with pytest.raises(Failed, match=r"correct people\.urls_file"):
        notifiers(config)


def test_the_verb_shows_how_it_stands(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = yard(tmp_path, "")
    assert main(["--config", str(path), "notifications"]) == 0
    assert "nobody is told" in capsys.readouterr().out
    assert main(["--config", str(path), "notifications", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"places": [], "waiting": [], "given_up": []}
