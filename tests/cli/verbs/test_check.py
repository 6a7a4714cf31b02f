"""`cockpit check`: every system by name, and a real Prometheus that is polled too often."""

import asyncio
from pathlib import Path

import pytest

from cockpit.adapters.metrics.scrape_interval import scrape_interval
from cockpit.cli import main
from tests.cli.shell import CONFIG, Capsys, run, run_json
from tests.git_origin import GitOrigin
from tests.metric_servers import eventually, exporter, prometheus


def test_check_names_every_system_and_what_to_do(company: GitOrigin, capsys: Capsys) -> None:
    code, out, _ = run(capsys, "check")
    assert code == 3
    lines = {line.split()[1]: line for line in out.splitlines()}
    assert lines["repository"].startswith("ok")
    assert lines["hosts"].startswith("FAIL")
    assert "start `cockpit agent`" in lines["hosts"]
    assert lines["theme"].startswith("ok")
    assert lines["forge"].endswith("none: reviews and checks are not shown")
    assert "none: suspects" in lines["suspects"]


def test_check_prints_the_results_as_json(company: GitOrigin, capsys: Capsys) -> None:
    code, results = run_json(capsys, "check")
    assert code == 3
    assert {result["system"]: result["ok"] for result in results}["repository"] is True
    assert all(result["message"] for result in results)


def test_check_reaches_the_configured_forge_and_error_reports(
    company: GitOrigin, tmp_path: Path, capsys: Capsys
) -> None:
    (tmp_path / "errors.log").write_text("ValueError: broken\n")
    forge = 'kind = "gitlab"\nurl = "http://127.0.0.1:9"\nproject = "acme/shop"'
    (tmp_path / "config.toml").write_text(f'{CONFIG}\n[forge]\n{forge}\n[suspects]\nreport = "errors.log"\n')
    lines = {line.split()[1]: line for line in run(capsys, "check")[1].splitlines()}
    assert lines["forge"].startswith("FAIL")
    assert "gitlab: cannot be reached" in lines["forge"]
    assert lines["suspects"].endswith("the newest errors can be read")


@pytest.mark.parametrize(
    ("every", "expected"),
    [
        (
            0.9,
            "FAIL  pace        metrics.every: is 0.9 s and Prometheus scrapes every 0.5 s: many polls see nothing new",
        ),
        (1.0, "ok    pace        counters every 1 s, scraped every 0.5 s"),
    ],
)
async def test_counters_that_are_polled_too_often_are_reported(
    tmp_path: Path, capsys: Capsys, every: float, expected: str
) -> None:
    GitOrigin(tmp_path)
    async with exporter() as hosts, prometheus(tmp_path, hosts, {"p1": "production"}) as url:
        config = tmp_path / "config.toml"
        config.write_text(f'{CONFIG}[metrics]\nkind = "prometheus"\nevery = {every}\n[prometheus]\nurl = "{url}"\n')
        await eventually(lambda: scrape_interval(url, 5.0, ("p1",)), bool)
        await asyncio.to_thread(main, ["--config", str(config), "check"])
    line = next(line for line in capsys.readouterr().out.splitlines() if " pace " in line)
    assert line.startswith(expected)
    assert ("set it to 1 or more" in line) is (every < 1)


async def test_a_server_that_does_not_report_its_scrape_interval_is_ok(tmp_path: Path, capsys: Capsys) -> None:
    GitOrigin(tmp_path)
    async with exporter() as hosts:  # a server without that endpoint
        config, url = tmp_path / "config.toml", f"http://127.0.0.1:{hosts.port}"
        config.write_text(f'{CONFIG}[metrics]\nkind = "prometheus"\n[prometheus]\nurl = "{url}"\n')
        await asyncio.to_thread(main, ["--config", str(config), "check"])
    line = next(line for line in capsys.readouterr().out.splitlines() if " pace " in line)
    assert line.startswith("ok    pace        counters every 2 s; scrape interval unknown: ")
