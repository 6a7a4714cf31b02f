"""The settings of the demo's Prometheus and Alertmanager."""

import json
from pathlib import Path

import pytest

from cockpit.demo.processes import prometheus
from cockpit.demo.traffic.balancer import Member


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A prepared folder on a machine with both programs."""
    programs = tmp_path / "programs"
    programs.mkdir()
    for program in prometheus.PROGRAMS:
        (programs / program).touch(0o755)
    monkeypatch.setenv("PATH", str(programs))
    prometheus.prepare(tmp_path / "prometheus")
    return tmp_path / "prometheus"


def test_the_ports_are_chosen_once_and_used_everywhere(folder: Path) -> None:
    ports = json.loads((folder / "ports.json").read_text())
    prometheus.prepare(folder)
    assert json.loads((folder / "ports.json").read_text()) == ports
    counters, alerts = (ports[program] for program in prometheus.PROGRAMS)
    listening = [command[command.index("--web.listen-address") + 1] for command in prometheus.commands(folder)]
    assert listening == [f"127.0.0.1:{counters}", f"127.0.0.1:{alerts}"]
    assert f"127.0.0.1:{alerts}" in (folder / "prometheus.yml").read_text()
    assert f'url = "http://127.0.0.1:{counters}"' in prometheus.source_config(folder)
    assert not prometheus.is_ready(folder)


def test_the_targets_are_the_hosts_with_their_tiers(folder: Path) -> None:
    prometheus.write_targets(folder, [Member("canary-1", "canary", "http://127.0.0.1:8080")])
    assert json.loads((folder / prometheus.TARGETS).read_text()) == [
        {"targets": ["127.0.0.1:8080"], "labels": {"host": "canary-1", "tier": "canary"}}
    ]
