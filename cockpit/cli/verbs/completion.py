"""`cockpit completion`: a shell's completion script, generated from the parser."""

import argparse

from cockpit.cli.exit_codes import DONE
from cockpit.cli.options import Verbs


def add(verbs: Verbs) -> None:
    """Add the verb."""
    verb = verbs.add_parser(
        "completion",
        help="Print a shell completion script.",
        description='Print a shell completion script. For bash: eval "$(cockpit completion bash)"',
    )
    verb.add_argument("shell", choices=("bash", "zsh", "tcsh"))
    verb.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print the completion script."""
    import shtab

    print(shtab.complete(options.parser, options.shell))
    return DONE
