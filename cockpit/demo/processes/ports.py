"""Free ports of this machine for servers that start later."""

import random
import socket
from contextlib import ExitStack, suppress
from pathlib import Path

EPHEMERAL = Path("/proc/sys/net/ipv4/ip_local_port_range")
LOWEST_PORT = 10_000


def free_ports(count: int) -> tuple[int, ...]:
    """Different free ports outside the ephemeral range, chosen at random. Raises `OSError` if there are too few.

    The servers start later and may restart. An ephemeral port could be taken by an outgoing connection meanwhile.
    """
    candidates = non_ephemeral_ports()
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
            f"fewer than {count} of the ports {candidates[0]} to {candidates[-1]} are free: end what listens on them"
        )
    return tuple(taken)


def non_ephemeral_ports() -> range:
    """The unprivileged ports outside the ephemeral range."""
    try:
        low, high = (int(word) for word in EPHEMERAL.read_text().split())
    except (OSError, ValueError):
        low, high = 32_768, 65_535  # the default of Linux, widened to the top for other systems
    return max(range(LOWEST_PORT, low), range(high + 1, 65_536), key=len) or range(LOWEST_PORT, 65_536)
