"""`cockpit` without a verb: the screen."""

import argparse

from cockpit.cli.options import config_of


def run(options: argparse.Namespace) -> int:
    """Open the screen. Raises `Failed` if there is no terminal."""
    from cockpit import wiring

    return wiring.run_screen(config_of(options), watch=False)
