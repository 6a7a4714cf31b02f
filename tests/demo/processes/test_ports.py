"""Ports for servers that start later."""

import socket
from pathlib import Path

import pytest

from cockpit.demo.processes import ports


def test_ports_are_all_different_and_can_be_listened_on() -> None:
    found = ports.free_ports(20)
    assert len(set(found)) == 20
    for port in found:
        socket.create_server(("127.0.0.1", port)).close()


@pytest.mark.parametrize(
    ("kernel", "expected"),
    [
        ("32768\t60999\n", range(10_000, 32_768)),
        ("1024\t40000\n", range(40_001, 65_536)),
        ("1024\t65535\n", range(10_000, 65_536)),
        (None, range(10_000, 32_768)),
    ],
)
def test_no_outgoing_connection_takes_one(
    kernel: str | None, expected: range, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = tmp_path / "ip_local_port_range"
    if kernel:
        told.write_text(kernel)
    monkeypatch.setattr(ports, "EPHEMERAL", told)
    assert ports.lasting_ports() == expected


def test_one_that_somebody_has_is_passed_over_and_too_few_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    (port,) = ports.free_ports(1)
    with socket.create_server(("127.0.0.1", port)):
        monkeypatch.setattr(ports, "lasting_ports", lambda: range(port, port + 1))
        with pytest.raises(OSError, match="fewer than 1 are free"):
            ports.free_ports(1)
    assert ports.free_ports(1) == (port,), "the last one there is"
