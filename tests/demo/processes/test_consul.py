"""The settings of the demo's Consul server."""

import json
from pathlib import Path

import pytest

from cockpit.demo.processes import consul
from cockpit.ports import Failed


def test_the_ports_are_chosen_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.MonkeyPatch.context() as without:
        without.setenv("PATH", str(tmp_path))
        with pytest.raises(Failed, match="consul is not on PATH"):
            consul.prepare(tmp_path / "consul")
    program = tmp_path / "consul-program" / "consul"
    program.parent.mkdir()
    program.touch(0o755)
    monkeypatch.setenv("PATH", str(program.parent))
    folder = tmp_path / "server"
    consul.prepare(folder)
    address = consul.address(folder)
    consul.prepare(folder)
    assert consul.address(folder) == address
    assert json.loads((folder / "consul.json").read_text())["data_dir"] == str(folder / "data")
    assert f'address = "http://{address}"' in consul.store_config(folder)
    assert not consul.has_leader(folder)
