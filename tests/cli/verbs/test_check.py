"""`cockpit check` against a real Prometheus: whether its counters are asked for more often than they change."""

import asyncio
from pathlib import Path

import pytest

from cockpit.adapters.metrics.scrape_interval import scraped_every
from cockpit.cli import main
from tests.cli.test_verbs import CONFIG
from tests.repositories import Town
from tests.servers import eventually, exporter, prometheus


@pytest.mark.parametrize(
    ("every", "said"),
    [
        (
            0.9,
            "FAIL  pace        metrics.every: is 0.9 s and Prometheus scrapes every 0.5 s: many looks see nothing new",
        ),
        (1.0, "ok    pace        counters every 1 s, scraped every 0.5 s"),
    ],
)
async def test_counters_that_are_asked_for_too_often_are_named_with_the_way_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], every: float, said: str
) -> None:
    Town(tmp_path)
    async with exporter() as hosts, prometheus(tmp_path, hosts, {"p1": "production"}) as url:
        config = tmp_path / "config.toml"
        config.write_text(f'{CONFIG}[metrics]\nkind = "prometheus"\nevery = {every}\n[prometheus]\nurl = "{url}"\n')
        await eventually(lambda: scraped_every(url, 5.0, ("p1",)), bool)
        await asyncio.to_thread(main, ["--config", str(config), "check"])
    line = next(line for line in capsys.readouterr().out.splitlines() if " pace " in line)
    assert line.startswith(said)
    assert ("set it to 1 or more" in line) is (every < 1)


async def test_what_does_not_tell_how_often_it_scrapes_is_no_fault(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Town(tmp_path)
    async with exporter() as hosts:  # a server that has no such page
        config, url = tmp_path / "config.toml", f"http://127.0.0.1:{hosts.port}"
        config.write_text(f'{CONFIG}[metrics]\nkind = "prometheus"\n[prometheus]\nurl = "{url}"\n')
        await asyncio.to_thread(main, ["--config", str(config), "check"])
    line = next(line for line in capsys.readouterr().out.splitlines() if " pace " in line)
    assert line.startswith("ok    pace        counters every 2 s; how often they change is not known: ")
