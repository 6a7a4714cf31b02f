"""The demo's folder: a config that cockpit reads, and no change to other files."""

from pathlib import Path

import msgspec
import pytest

from cockpit.config import load
from cockpit.demo.layout import LADDER, DemoPlan, Layout, fleet_hosts, stored_pace
from cockpit.demo.processes.prometheus import PROGRAMS
from cockpit.demo.repository import Origin
from cockpit.demo.settings import DemoSettings
from cockpit.demo.shop_history import Story
from cockpit.deploy.pulls.pull_request import MergeMethod
from cockpit.deploy.tiers import Audience
from cockpit.ports import Failed
from tests.programs import need


def write_plan(layout: Layout, settings: DemoSettings) -> None:
    origin = Origin(str(layout.origin), "a", "b", settings.story, settings.seed, 42, MergeMethod.MERGE, "")
    layout.company.write_bytes(msgspec.json.encode(DemoPlan(settings, origin)))


def test_cockpit_reads_the_config_from_any_folder(tmp_path: Path) -> None:
    layout = Layout(tmp_path / 'a "quoted" \\ földer')
    layout.prepare(DemoSettings(Story.CLEAN))
    config = load(layout.config)
    assert config.repository.url == str(layout.origin)
    assert config.build.output == "dist"
    assert config.smoke.command[-1] == str(layout.smoke)
    assert {(host, tier.name) for tier in config.policy.tiers for host in tier.hosts} == set(fleet_hosts())
    assert [tier.serves for tier in config.policy.tiers] == [
        Audience.NOBODY,
        Audience.COMPANY,
        Audience.PUBLIC,
        Audience.PUBLIC,
    ]
    assert [(step.tier, step.percent, step.soak) for step in config.policy.ladder] == list(LADDER)
    assert Path(config.agent.reload[-2]).name == "hook.py"


def test_a_story_fits_into_two_minutes() -> None:
    assert len(fleet_hosts()) == 14
    assert sum(soak for _, _, soak in LADDER) < 60


def test_the_pace_divides_the_soak_times_and_is_resumed(tmp_path: Path) -> None:
    layout, settings = Layout(tmp_path / "company"), DemoSettings(Story.CLEAN, pace=2.5)
    layout.prepare(settings)
    assert [step.soak for step in load(layout.config).policy.ladder] == [soak / 2.5 for _, _, soak in LADDER]
    assert stored_pace(layout.folder) == 1.0
    write_plan(layout, settings)
    assert stored_pace(layout.folder) == 2.5
    with pytest.raises(Failed, match=r"--seed 1 --pace 2\.5"):
        layout.prepare(DemoSettings(Story.CLEAN))
    assert stored_pace(None) == 1.0


def test_an_incomplete_company_can_be_prepared_again(tmp_path: Path) -> None:
    layout = Layout(tmp_path / "company")
    layout.prepare(DemoSettings())
    layout.prepare(DemoSettings())
    assert layout.read_plan() is None


def test_a_folder_with_other_files_is_refused_and_unchanged(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("long", encoding="utf-8")
    with pytest.raises(Failed, match=r"thesis\.tex"):
        Layout(tmp_path).prepare(DemoSettings())
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_a_folder_with_other_settings_is_refused_and_its_options_named(tmp_path: Path) -> None:
    layout, settings = Layout(tmp_path / "company"), DemoSettings(Story.ROLLBACK, 4)
    layout.prepare(settings)
    write_plan(layout, settings)
    layout.prepare(settings)
    with pytest.raises(Failed, match="--story rollback --seed 4"):
        layout.prepare(DemoSettings(Story.CLEAN, 4))
    with pytest.raises(Failed, match="--story rollback --seed 4"):
        layout.prepare(DemoSettings(Story.ROLLBACK, 4, prometheus=True))


def test_a_plan_of_another_version_is_refused(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    layout.company.write_text('{"story": "clean", "seed": 1}', encoding="utf-8")
    with pytest.raises(Failed, match="use another folder"):
        layout.prepare(DemoSettings())


def test_a_demo_on_prometheus_reads_counters_and_alerts_there_and_keeps_its_ports(tmp_path: Path) -> None:
    for program in PROGRAMS:
        need(program)
    layout, settings = Layout(tmp_path / "company"), DemoSettings(prometheus=True)
    layout.prepare(settings)
    config = load(layout.config)
    assert (config.metrics.kind, config.alerts.kind, config.policy.watches_alerts) == (
        "prometheus", "alertmanager", True,
    )  # fmt: skip
    assert config.prometheus.url != config.alerts.url
    layout.prepare(settings)
    assert load(layout.config).prometheus == config.prometheus


def test_a_missing_program_is_named_with_what_installs_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Failed, match="prometheus is not on PATH") as failed:
        Layout(tmp_path / "company").prepare(DemoSettings(prometheus=True))
    assert "make services" in str(failed.value)
