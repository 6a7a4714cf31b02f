"""The sources of an engine."""

from pathlib import Path

from cockpit.config import load
from cockpit.deploy.schedule.rota import Rota
from cockpit.wiring.context import engine_sources, open_context
from tests.process_company import ProcessCompany


async def test_an_engine_reads_the_rota_from_its_configured_source(tmp_path: Path) -> None:
    ProcessCompany(tmp_path)
    path = tmp_path / "config.toml"
    path.write_text(path.read_text() + '[rota]\nfile = "who"\nevery = 7\n')
    (tmp_path / "who").write_text("ann\nbob\n")
    async with open_context(load(path)) as context:
        sources = engine_sources(context, print)
    assert sources.rota_source is not None
    assert await sources.rota_source.rota() == Rota(("ann", "bob"))
    assert sources.rota_every == 7
