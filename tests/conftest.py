"""Fixtures of several packages."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.consul_server import ConsulProcess, consul_server


@pytest.fixture(scope="session")
def consul() -> Iterator[ConsulProcess]:
    """One Consul server for the whole run; each test uses a root of its own."""
    with tempfile.TemporaryDirectory(prefix="cockpit-consul-") as folder, consul_server(Path(folder)) as server:
        yield server
