"""`completion`: what a shell needs to complete our verbs and options, from the same parser as --help."""

import argparse


def completion(options: argparse.Namespace) -> int:
    """Print the completion script for that shell."""
    import shtab

    from cockpit.cli.parser import parser

    print(shtab.complete(parser(), options.shell))
    return 0
