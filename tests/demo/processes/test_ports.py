"""Free ports outside the ephemeral range."""

import socket
from pathlib import Path

import pytest

from cockpit.demo.processes import ports


def test_free_ports_are_different_and_can_be_listened_on() -> None:
    free = ports.free_ports(20)
    assert len(set(free)) == 20
    for port in free:
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
def test_the_ephemeral_range_is_avoided(
    kernel: str | None, expected: range, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "ip_local_port_range"
    if kernel:
        file.write_text(kernel)
    monkeypatch.setattr(ports, "EPHEMERAL", file)
    assert ports.non_ephemeral_ports() == expected


def test_a_port_in_use_is_skipped_and_too_few_ports_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    (port,) = ports.free_ports(1)
    with socket.create_server(("127.0.0.1", port)):
        monkeypatch.setattr(ports, "non_ephemeral_ports", lambda: range(port, port + 1))
        with pytest.raises(OSError, match="fewer than 1 of the ports"):
            ports.free_ports(1)
    assert ports.free_ports(1) == (port,), "the last free port counts"
