"""The rota from a file and from a command."""

from pathlib import Path

import pytest

from cockpit.adapters.command_runner import LocalCommands
from cockpit.adapters.rota_source import CommandRotaSource, FileRotaSource
from cockpit.deploy.schedule.rota import Rota
from cockpit.ports import Failed


async def test_a_file_is_read_each_time(tmp_path: Path) -> None:
    source = FileRotaSource(tmp_path / "rota")
    with pytest.raises(Failed, match=r"cannot read .*rota: No such file or directory; correct rota\.file"):
        await source.rota()
    for person in ("ann", "bob"):
        (tmp_path / "rota").write_text(f"{person}\n")
        assert await source.rota() == Rota((person,))


def command(line: str, folder: Path, timeout: float = 10.0) -> CommandRotaSource:
    return CommandRotaSource(LocalCommands(), ("sh", "-c", line), folder, timeout)


async def test_a_command_runs_in_its_folder(tmp_path: Path) -> None:
    (tmp_path / "who").write_text("ann\n")
    assert await command("cat who", tmp_path).rota() == Rota(("ann",))


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("echo 'no \033[31mnetwork' >&2; exit 3", "sh ended with exit code 3: no network; correct rota.command"),
        ("exit 1", "sh ended with exit code 1; correct rota.command"),
        ("sleep 60", "sh took longer than 0.3 s; correct rota.command"),
        ("true", "invalid rota in sh: "),
    ],
)
async def test_a_failing_command_is_an_error(line: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(Failed) as failed:
        await command(line, tmp_path, 0.3 if "sleep" in line else 10.0).rota()
    assert message in str(failed.value)
