"""What an engine follows."""

from pathlib import Path

from cockpit.config import load
from cockpit.deploy.schedule.rota import Rota
from cockpit.wiring.context import engine_sources, open_context
from tests.yards import Yard


async def test_an_engine_knows_who_is_next_from_where_the_rota_is_kept(tmp_path: Path) -> None:
    Yard(tmp_path)
    path = tmp_path / "config.toml"
    path.write_text(path.read_text() + '[rota]\nfile = "who"\nevery = 7\n')
    (tmp_path / "who").write_text("ann\nbob\n")
    async with open_context(load(path)) as outside:
        sources = engine_sources(outside, print)
    assert sources.rota_source is not None
    assert await sources.rota_source.rota() == Rota(("ann", "bob"))
    assert sources.rota_every == 7
