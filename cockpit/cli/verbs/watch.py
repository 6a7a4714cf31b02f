"""`cockpit watch`: the screen read-only, in this terminal or in browsers."""

import argparse

from cockpit.cli.options import Verbs, add_verb, config_of


def add(verbs: Verbs) -> None:
    """Add the verb."""
    verb = add_verb(verbs, "watch", run, "Open the screen read-only.", json=False)
    verb.add_argument("--web", action="store_true", help="serve it to browsers on this machine instead")
    verb.add_argument("--port", type=int, default=8765, metavar="N", help="with --web: port (default: 8765)")
    verb.add_argument(
        "--host", default="127.0.0.1", metavar="ADDRESS",
        help="with --web: address to listen on (default: 127.0.0.1); any other is open to all who reach it",
    )  # fmt: skip
    verb.add_argument(
        "--public-url", default="", metavar="URL", help="with --web: URL for browsers, for example of a proxy"
    )


def run(options: argparse.Namespace) -> int:
    """Open or serve the screen; it opens the store read-only and has no command keys."""
    from cockpit import wiring

    config = config_of(options)
    if options.web:
        return wiring.serve_watch(config, options.host, options.port, options.public_url)
    return wiring.run_screen(config, watch=True)
