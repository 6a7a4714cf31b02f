"""examples/consul on a real Consul: a service in maintenance is not found."""

import tomllib
from pathlib import Path

from cockpit.adapters.command_runner import LocalCommands
from tests.consul_server import ConsulProcess

EXAMPLE = Path(__file__).parents[2] / "examples/consul/README.md"


async def test_the_hooks_drain_and_undrain_the_service_and_are_idempotent(consul: ConsulProcess) -> None:
    consul.request("/v1/agent/service/register", "PUT", {"Name": "shop"})
    lines = EXAMPLE.read_text().split("```toml\n")[1].split("```")[0]
    hooks = tomllib.loads(lines)["agent"]
    for name, passing in (("drain", 0), ("drain", 0), ("undrain", 1), ("undrain", 1)):
        argv = [part.replace("127.0.0.1:8500", f"127.0.0.1:{consul.http}") for part in hooks[name]]
        done = await LocalCommands().run(argv, {}, None, 30)
        assert done.code == 0, done.output
        assert len(consul.request("/v1/health/service/shop?passing=1")) == passing
    consul.request("/v1/agent/service/deregister/shop", "PUT")
