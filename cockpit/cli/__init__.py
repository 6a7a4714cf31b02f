"""The verbs from a shell, and the screen where none is given. What is heavy is loaded by the verb that needs it.

Exit codes: 0 done, 1 refused (the reason on stderr), 2 usage or config, 3 an outside system failed.
"""

import asyncio
import os
import sys
import traceback

from cockpit.cli.parser import parse
from cockpit.config import ConfigError
from cockpit.ports import Failed

DONE, REFUSED, USAGE, OUTSIDE = 0, 1, 2, 3


def main(argv: list[str] | None = None) -> int:
    """Run one command line; its exit code."""
    options = parse(sys.argv[1:] if argv is None else argv)
    try:
        code: int = options.run(options)
        sys.stdout.flush()
    except ConfigError as bad:
        print(bad, file=sys.stderr)
        return USAGE
    except Failed as failed:
        print(f"cockpit: {failed}", file=sys.stderr)
        return OUTSIDE
    except (KeyboardInterrupt, asyncio.CancelledError):
        return 130
    except BrokenPipeError:  # the reader, `head` perhaps, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except Exception:  # a fault of ours is no refusal: scripts read 1 as one
        traceback.print_exc()
        return OUTSIDE
    return code
