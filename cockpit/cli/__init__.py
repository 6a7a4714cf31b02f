"""The command line: `cockpit VERB`, and the screen without a verb.

Each verb imports its heavy dependencies when it runs. `exit_codes` lists the exit codes.
"""

import asyncio
import os
import sys
import traceback

from cockpit.cli.exit_codes import DONE, FAILED, INTERRUPTED, USAGE
from cockpit.cli.parser import parse
from cockpit.config import ConfigError
from cockpit.ports import Failed


def main(argv: list[str] | None = None) -> int:
    """Run one command line and return its exit code."""
    options = parse(sys.argv[1:] if argv is None else argv)
    try:
        code: int = options.run(options)
        sys.stdout.flush()
    except ConfigError as error:
        print(error, file=sys.stderr)
        return USAGE
    except Failed as failed:
        print(f"cockpit: {failed}", file=sys.stderr)
        return FAILED
    except (KeyboardInterrupt, asyncio.CancelledError):
        return INTERRUPTED
    except BrokenPipeError:  # the reader, for example `head`, has closed the pipe
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except Exception:  # a bug must not exit with 1, which scripts read as a refusal
        traceback.print_exc()
        return FAILED
    return code
