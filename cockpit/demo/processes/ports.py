"""Ports of this machine that nobody listens on."""

import random
import socket
from contextlib import ExitStack, suppress
from pathlib import Path

EPHEMERAL = Path("/proc/sys/net/ipv4/ip_local_port_range")
LOWEST = 10_000


def free_ports(count: int) -> tuple[int, ...]:
    """Ports that are free now, all different, and that no outgoing connection will take.

    Who listens on them comes later, so they are none of those that the kernel gives to connections: one of these could
    be taken in the meantime, and again while a server that was killed is down. By chance, since others ask as well.
    """
    candidates = lasting_ports()
    taken: list[int] = []
    with ExitStack() as held:
        for port in random.sample(candidates, len(candidates)):
            if len(taken) == count:
                break
            with suppress(OSError):
                held.enter_context(socket.create_server(("127.0.0.1", port)))
                taken.append(port)
    if len(taken) < count:
        raise OSError(
            f"of the ports {candidates[0]} to {candidates[-1]} fewer than {count} are free: end what holds them"
        )
    return tuple(taken)


def lasting_ports() -> range:
    """Those that anybody may listen on and that the kernel gives to no connection by itself."""
    try:
        low, high = (int(word) for word in EPHEMERAL.read_text().split())
    except (OSError, ValueError):
        low, high = 32_768, 65_535  # Linux's and, on the safe side, everybody else's
    return max(range(LOWEST, low), range(high + 1, 65_536), key=len) or range(LOWEST, 65_536)
