"""The company's own Prometheus and Alertmanager: their settings, ports and memory in a folder."""

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
"""Which hosts there are: application servers get other ports whenever the company starts."""
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
    """Write the settings, with ports that stay, for the company's config names them. Raises `Failed`."""
    for program in PROGRAMS:
        if shutil.which(program) is None:
            raise Failed("demo", f"{program} is not on PATH", "`make services` installs it")
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / PORTS).exists():
        half = folder / f"{PORTS}.new"
        half.write_text(json.dumps(dict(zip(PROGRAMS, free_ports(len(PROGRAMS)), strict=True))), encoding="utf-8")
        half.replace(folder / PORTS)
    (folder / "rules.yml").write_text(RULES, encoding="utf-8")
    manager = {"route": {"receiver": "nobody", "group_wait": "0s"}, "receivers": [{"name": "nobody"}]}
    settings = {
        "global": {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"},
        "rule_files": ["rules.yml"],
        "scrape_configs": [
            {"job_name": "shop", "file_sd_configs": [{"files": [TARGETS], "refresh_interval": "1s"}]},
        ],
        "alerting": {"alertmanagers": [{"static_configs": [{"targets": [_address(folder, PROGRAMS[1])]}]}]},
    }
    for name, said in (("prometheus.yml", settings), ("alertmanager.yml", manager)):
        (folder / name).write_text(json.dumps(said), encoding="utf-8")  # JSON is YAML, too


def commands(folder: Path) -> tuple[tuple[str, ...], ...]:
    """What runs the two servers."""
    files = (("prometheus.yml", "--storage.tsdb.path"), ("alertmanager.yml", "--storage.path"))
    alone = ((), ("--cluster.listen-address", ""))
    return tuple(
        (
            program, "--config.file", str(folder / config), memory, str(folder / program),
            "--web.listen-address", _address(folder, program), *more,
        )
        for program, (config, memory), more in zip(PROGRAMS, files, alone, strict=True)
    )  # fmt: skip


def watch(folder: Path, fleet: Iterable[Member]) -> None:
    """Tell Prometheus which hosts there are; it looks at the file by itself."""
    said = [
        {"targets": [member.url.partition("://")[2]], "labels": {"host": member.host, "tier": member.tier}}
        for member in fleet
    ]
    half = folder / f"{TARGETS}.new"
    half.write_text(json.dumps(said), encoding="utf-8")
    half.replace(folder / TARGETS)


def answers(folder: Path) -> bool:
    """Whether both are ready; blocks for a moment at the most."""
    return all(_ready(_address(folder, program)) for program in PROGRAMS)


def source_config(folder: Path) -> str:
    """The sections of the company's config that name them."""
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
