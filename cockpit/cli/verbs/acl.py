"""`cockpit acl`: the Consul policies of every role, or of one."""

import argparse
import json

from cockpit.cli.exit_codes import DONE
from cockpit.cli.options import Verbs, add_verb, config_of
from cockpit.config import ConfigError
from cockpit.views import consul_policies

ROLES = {
    "commander": consul_policies.commander,
    "engine": consul_policies.engine,
    "watcher": consul_policies.watcher,
}
"""Roles whose policy depends on the store's root alone."""


def add(verbs: Verbs) -> None:
    """Add the verb."""
    verb = add_verb(verbs, "acl", run, "Print the Consul policies of each role as HCL.")
    verb.add_argument(
        "role", nargs="?", choices=("commander", "engine", "agent", "watcher"), metavar="ROLE",
        help="commander, engine, agent or watcher (default: all)",
    )  # fmt: skip
    verb.add_argument("--tier", default="", metavar="TIER", help="the agent's tier")
    verb.add_argument(
        "--host", default="", metavar="NAME", help="the agent's host: may write only its own turn and status"
    )


def run(options: argparse.Namespace) -> int:
    """Print the policies; those of all roles as JSON with --json. Raises `ConfigError` for an unknown tier."""
    config = config_of(options)
    root, tiers = config.consul_root, tuple(tier.name for tier in config.policy.tiers)
    if options.role == "agent":
        if options.tier not in tiers:
            raise ConfigError(f"{config.path}: an agent's policy needs --tier, one of {', '.join(tiers)}")
        print(consul_policies.agent(root, options.tier, options.host), end="")
    elif options.role:
        print(ROLES[options.role](root), end="")
    elif options.json:
        print(json.dumps(consul_policies.policies(root, tiers)))
    else:
        print("# Load one role: cockpit acl ROLE | consul acl policy create -name NAME -rules -")
        print("# Restrict an agent to its own turn and status: cockpit acl agent --tier TIER --host HOST")
        for name, rules in consul_policies.policies(root, tiers).items():
            print(f"\n# {name}\n{rules}", end="")
    return DONE
