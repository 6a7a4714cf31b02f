"""Notifiers from the config, a secrets file and the environment; no secret is shown."""

import json
from pathlib import Path

import pytest

from cockpit.cli import main
from cockpit.config import load
from cockpit.ports import Failed
from cockpit.wiring import check_people
from cockpit.wiring.notifiers import notifiers
from tests.process_company import ProcessCompany

SECRET = "very-secret"


def config_file(folder: Path, more: str) -> Path:
    ProcessCompany(folder)
    path = folder / "config.toml"
    path.write_text(path.read_text() + more)
    return path


async def test_destinations_come_from_config_file_and_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "urls").write_text(f"json://host/{SECRET}\nAnn = mailto://ann:{SECRET}@mail.example\n")
    monkeypatch.setenv("OUR_URLS", f"discord://12/{SECRET} json://other/{SECRET}")
    more = (
        f'[people]\nurls = ["slack://xoxb-{SECRET}/#deploys"]\nurls_file = "urls"\nurls_env = "OUR_URLS"\n'
        '[people.authors]\nBob = "@bob"\n[forge]\nkind = "github"\nproject = "a/b"\ndeployments = true\n'
    )
    config = load(config_file(tmp_path, more))
    opened = notifiers(config)
    assert [notifier.name for notifier in opened] == [
        "slack",
        "discord",
        "json",
        "json-2",
        "author:Ann",
        "forge:github",
    ]
    for notifier in opened:
        assert SECRET not in repr(notifier)
        await notifier.close()
    summary = await check_people(config)
    assert summary == "6 destinations: slack, discord, json, json-2, author:Ann, forge:github"


async def test_without_destinations_there_are_no_notifiers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COCKPIT_PEOPLE", raising=False)
    config = load(config_file(tmp_path, ""))
    assert list(notifiers(config)) == []
    assert await check_people(config) == "none: no notifications are sent"


def test_check_names_an_invalid_url_without_its_secret(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = config_file(tmp_path, f'[people]\nurls = ["carrier-pigeon://{SECRET}"]\n')
    assert main(["--config", str(path), "check"]) == 3
    output = "".join(capsys.readouterr())
    assert "carrier-pigeon: apprise does not support its url; correct it in [people]" in output
    assert SECRET not in output


def test_a_missing_urls_file_is_named_by_its_config_key(tmp_path: Path) -> None:
    config = load(config_file(tmp_path, '[people]\nurls_file = "missing"\n'))
    with pytest.raises(Failed, match=r"correct people\.urls_file"):
        notifiers(config)


def test_the_verb_shows_that_nothing_is_configured(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = config_file(tmp_path, "")
    assert main(["--config", str(path), "notifications"]) == 0
    assert "no notifications" in capsys.readouterr().out
    assert main(["--config", str(path), "notifications", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"destinations": [], "waiting": [], "given_up": []}
