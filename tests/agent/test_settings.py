"""The agent reads the `[agent]` section of config.toml as it is."""

from pathlib import Path

import pytest

from cockpit.agent.settings import AgentConfig, HostSettings
from cockpit.config import load
from tests.config.config_files import SMALL, written


def test_the_config_and_a_plain_host_have_the_same_defaults(tmp_path: Path) -> None:
    assert load(written(tmp_path, SMALL)).agent == AgentConfig() == HostSettings("web-1", "canary", tmp_path).config


@pytest.mark.parametrize(("key", "seconds"), [("drain_least", 0.5), ("drain_most", 30.0), ("heartbeat", 2.0)])
def test_the_defaults_are_those_of_a_configured_agent(key: str, seconds: float) -> None:
    assert getattr(AgentConfig(), key) == seconds


def test_the_longest_turn_has_room_for_a_drain_two_health_checks_and_the_other_hooks() -> None:
    config = AgentConfig(timeout=1.0, drain_least=0.5, drain_most=10.0, health_most=20.0)
    assert config.turn_most == 0.5 + 10 + 2 * 20 + 4 * 1
