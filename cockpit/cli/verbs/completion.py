"""`completion`: what a shell needs to complete our verbs and options, from the same parser as --help."""

import argparse


def completion(parser: argparse.ArgumentParser, shell: str) -> int:
    """Print the completion script for that shell."""
    import shtab

    print(shtab.complete(parser, shell))
    return 0
