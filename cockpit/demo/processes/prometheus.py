"""The company's Prometheus and Alertmanager: settings and command lines. Ports and data lie in a folder."""

import json
import shutil
from collections.abc import Iterable
from contextlib import suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from cockpit.demo.processes.ports import free_ports
from cockpit.demo.traffic.balancer import Member
from cockpit.ports import Failed

PROGRAMS = ("prometheus", "prometheus-alertmanager")
PORTS = "ports.json"
TARGETS = "targets.json"
"""The scrape targets: application servers get other ports at each start of the company."""
RULES = """\
groups:
  - name: shop
    rules:
      - alert: ManyErrors
        expr: >-
          sum by (tier) (rate(http_request_errors_total[10s])) / sum by (tier) (rate(http_requests_total[10s])) > 0.2
        for: 3s
        labels: {severity: page}
        annotations: {summary: "more than a fifth of the requests on {{ $labels.tier }} fail"}
"""


def prepare(folder: Path) -> None:
    """Write the settings. Ports are chosen once, because the company's config names them. Raises `Failed`."""
    for program in PROGRAMS:
        if shutil.which(program) is None:
            raise Failed("demo", f"{program} is not on PATH", "`make services` installs it")
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / PORTS).exists():
        half = folder / f"{PORTS}.new"
        half.write_text(json.dumps(dict(zip(PROGRAMS, free_ports(len(PROGRAMS)), strict=True))), encoding="utf-8")
        half.replace(folder / PORTS)
    (folder / "rules.yml").write_text(RULES, encoding="utf-8")
    manager = {"route": {"receiver": "none", "group_wait": "0s"}, "receivers": [{"name": "none"}]}
    settings = {
        "global": {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"},
        "rule_files": ["rules.yml"],
        "scrape_configs": [
            {"job_name": "shop", "file_sd_configs": [{"files": [TARGETS], "refresh_interval": "1s"}]},
        ],
        "alerting": {"alertmanagers": [{"static_configs": [{"targets": [_address(folder, PROGRAMS[1])]}]}]},
    }
    for name, content in (("prometheus.yml", settings), ("alertmanager.yml", manager)):
        (folder / name).write_text(json.dumps(content), encoding="utf-8")  # JSON is valid YAML


def commands(folder: Path) -> tuple[tuple[str, ...], ...]:
    """The command lines of the two servers."""
    files = (("prometheus.yml", "--storage.tsdb.path"), ("alertmanager.yml", "--storage.path"))
    standalone = ((), ("--cluster.listen-address", ""))
    return tuple(
        (
            program, "--config.file", str(folder / config), storage, str(folder / program),
            "--web.listen-address", _address(folder, program), *more,
        )
        for program, (config, storage), more in zip(PROGRAMS, files, standalone, strict=True)
    )  # fmt: skip


def write_targets(folder: Path, fleet: Iterable[Member]) -> None:
    """Replace the file of scrape targets, which Prometheus reloads by itself."""
    targets = [
        {"targets": [member.url.partition("://")[2]], "labels": {"host": member.host, "tier": member.tier}}
        for member in fleet
    ]
    half = folder / f"{TARGETS}.new"
    half.write_text(json.dumps(targets), encoding="utf-8")
    half.replace(folder / TARGETS)


def is_ready(folder: Path) -> bool:
    """Whether both servers are ready; blocks for at most two seconds."""
    return all(_ready(_address(folder, program)) for program in PROGRAMS)


def source_config(folder: Path) -> str:
    """The sections of the company's config for the two servers."""
    counts, alerts = (f"http://{_address(folder, program)}" for program in PROGRAMS)
    return f"""
[prometheus]
url = "{counts}"

[alerts]
kind = "alertmanager"
url = "{alerts}"
matchers = ['severity="page"']
every = 1.0
"""


def _address(folder: Path, program: str) -> str:
    ports = json.loads((folder / PORTS).read_text(encoding="utf-8"))
    return f"127.0.0.1:{ports[program]}"


def _ready(address: str) -> bool:
    connection = HTTPConnection(address, timeout=1.0)
    try:
        with suppress(OSError, HTTPException):
            connection.request("GET", "/-/ready")
            return connection.getresponse().status == 200
        return False
    finally:
        connection.close()
