"""`cockpit` with a shorter engine lease, for tests that wait until the lease of a killed engine has expired.

python -m tests.engine_process SECONDS VERB...
"""

import sys
from typing import Any

from cockpit.engine import loop


class ShortLeaseEngine(loop.Engine):
    """An engine whose lease lasts `ttl_of_test` seconds."""

    ttl_of_test = loop.LOCK_TTL

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **{**options, "ttl": self.ttl_of_test})


if __name__ == "__main__":
    seconds, *argv = sys.argv[1:]
    ShortLeaseEngine.ttl_of_test = float(seconds)
    loop.Engine = ShortLeaseEngine  # type: ignore[misc]  # wiring imports it with the first verb

    from cockpit.cli import main

    sys.exit(main(argv))
