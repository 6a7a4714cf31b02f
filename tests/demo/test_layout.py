"""The company's folder: a config that cockpit reads, and nobody else's files touched."""

from pathlib import Path

import msgspec
import pytest

from cockpit.config import load
from cockpit.demo.layout import LADDER, Layout, Plot, StoreKind, members
from cockpit.demo.processes.prometheus import PROGRAMS
from cockpit.demo.repository import Origin
from cockpit.demo.shop_history import Story
from cockpit.deploy.pulls.pull_request import How
from cockpit.deploy.tiers import Audience
from cockpit.ports import Failed
from tests.programs import need


def test_the_config_is_one_that_cockpit_reads_wherever_the_folder_lies(tmp_path: Path) -> None:
    layout = Layout(tmp_path / 'a "quoted" \\ földer')
    layout.prepare(Story.CLEAN, 1)
    config = load(layout.config)
    assert config.repository.url == str(layout.origin)
    assert config.build.output == "dist"
    assert config.smoke.command[-1] == str(layout.smoke)
    assert {(host, tier.name) for tier in config.policy.tiers for host in tier.hosts} == set(members())
    assert [tier.serves for tier in config.policy.tiers] == [
        Audience.NOBODY,
        Audience.COMPANY,
        Audience.PUBLIC,
        Audience.PUBLIC,
    ]
    assert [(step.tier, step.percent, step.soak) for step in config.policy.ladder] == list(LADDER)
    assert Path(config.agent.reload[-2]).name == "hook.py"


def test_a_story_fits_into_two_minutes() -> None:
    assert len(members()) == 14
    assert sum(soak for _, _, soak in LADDER) < 60


def test_preparing_twice_is_preparing_once(tmp_path: Path) -> None:
    layout = Layout(tmp_path / "company")
    layout.prepare(Story.HOTFIX, 1)
    layout.prepare(Story.HOTFIX, 1)
    assert layout.plot() is None


def test_a_folder_with_something_else_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("long", encoding="utf-8")
    with pytest.raises(Failed, match=r"thesis\.tex"):
        Layout(tmp_path).prepare(Story.CLEAN, 1)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_another_story_in_the_folder_is_named_with_the_way_out(tmp_path: Path) -> None:
    layout = Layout(tmp_path / "company")
    layout.prepare(Story.ROLLBACK, 4)
    origin = Origin(str(layout.origin), "a", "b", Story.ROLLBACK, 4, 42, How.MERGE, "")
    layout.company.write_bytes(msgspec.json.encode(Plot(Story.ROLLBACK, 4, origin)))
    layout.prepare(Story.ROLLBACK, 4)
    with pytest.raises(Failed, match="--story rollback --seed 4"):
        layout.prepare(Story.CLEAN, 4)
    with pytest.raises(Failed, match="--story rollback --seed 4"):
        layout.prepare(Story.ROLLBACK, 4, with_prometheus=True)


def test_a_company_on_prometheus_reads_counters_and_alerts_there_and_keeps_its_ports(tmp_path: Path) -> None:
    for program in PROGRAMS:
        need(program)
    layout = Layout(tmp_path / "company")
    layout.prepare(Story.CLEAN, 1, with_prometheus=True)
    config = load(layout.config)
    assert (config.metrics.kind, config.alerts.kind, config.policy.watches_alerts) == (
        "prometheus", "alertmanager", True,
    )  # fmt: skip
    assert config.prometheus.url != config.alerts.url
    layout.prepare(Story.CLEAN, 1, with_prometheus=True)
    assert load(layout.config).prometheus == config.prometheus
    origin = Origin(str(layout.origin), "a", "b", Story.CLEAN, 1, 42, How.MERGE, "")
    assert Plot(Story.CLEAN, 1, origin, StoreKind.CONSUL, prometheus=True).options == (
        "--story clean --seed 1 --consul --prometheus"
    )


def test_without_the_programs_the_demo_says_what_installs_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Failed, match="prometheus is not on PATH") as failed:
        Layout(tmp_path / "company").prepare(Story.CLEAN, 1, with_prometheus=True)
    assert "make services" in str(failed.value)
