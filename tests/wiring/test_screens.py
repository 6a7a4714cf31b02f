"""Opening the screen: unusable addresses, the theme check, and files that come with cockpit."""

from pathlib import Path

import pytest

from cockpit.config import Config, load
from cockpit.ports import Failed
from cockpit.wiring.screens import check_theme, screen_settings, serve_watch, shared_path
from tests.process_company import ProcessCompany


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return load(ProcessCompany(tmp_path).folder / "config.toml")


@pytest.mark.parametrize(("host", "url"), [("10.0.0.1", ""), ("127.0.0.1", "deploys.example")])
def test_an_address_that_browsers_cannot_use_is_refused(config: Config, host: str, url: str) -> None:
    with pytest.raises(Failed, match="watch --web"):
        serve_watch(config, host, 8000, url)


def test_the_settings_follow_the_environment(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("TERM", "linux")
    settings = screen_settings(config)
    assert (settings.colours, settings.few_glyphs, settings.title) == (0, True, config.app)


def test_the_theme_check_names_the_theme_and_refuses_an_unknown_one(tmp_path: Path) -> None:
    file = ProcessCompany(tmp_path).folder / "config.toml"
    assert check_theme(load(file)).startswith("dark; available: ansi, ")
    file.write_text(file.read_text() + '[screen]\ntheme = "neon"\n')
    with pytest.raises(Failed, match="neon"):
        check_theme(load(file))


def test_files_that_come_with_cockpit_are_found() -> None:
    assert (shared_path("themes") / "dark.toml").is_file()
