"""Consul ACL policies for each role, in HCL, as `consul acl policy create -rules -` reads them.

https://developer.hashicorp.com/consul/docs/security/acl/acl-rules
"""

import json

from cockpit.deploy import store_keys


def commander(root: str) -> str:
    """The commander's policy: open releases, append events, write targets, hold the commander lease, read all."""
    return _rules(
        _prefix(root, "", "read"),
        _key(root, store_keys.CURRENT, "write"),
        _prefix(root, store_keys.RELEASES, "write"),
        _prefix(root, store_keys.TARGETS, "write"),
        _prefix(root, f"{store_keys.COMMANDER_LOCK}/", "write"),
        *_SESSIONS,
    )


def engine(root: str) -> str:
    """The engine's policy: append events, write targets, verdicts, traffic and delivery records, read all."""
    return _rules(
        _prefix(root, "", "read"),
        _prefix(root, store_keys.RELEASES, "write"),
        _prefix(root, store_keys.TARGETS, "write"),
        _key(root, store_keys.JUDGEMENT, "write"),
        _prefix(root, store_keys.NOTIFICATIONS, "write"),
        _prefix(root, store_keys.TRAFFIC, "write"),
        _prefix(root, f"{store_keys.ENGINE_LOCK}/", "write"),
        *_SESSIONS,
    )


def agent(root: str, tier: str, host: str = "") -> str:
    """An agent's policy: read the target, prefetch key, turns and statuses of its tier, write its own turn and status.

    Without `host` it may write those of any host in the tier.
    """
    own = [keys(tier, host) for keys in (store_keys.turn, store_keys.status)]
    others = [keys(tier, "") for keys in (store_keys.turn, store_keys.status)]
    return _rules(
        _key(root, store_keys.target(tier), "read"),
        _key(root, store_keys.announced(tier), "read"),
        *(_prefix(root, prefix, "read" if host else "write") for prefix in others),
        *(_key(root, key, "write") for key in own if host),
    )


def watcher(root: str) -> str:
    """The read-only policy of `cockpit watch`."""
    return _rules(_prefix(root, "", "read"))


def policies(root: str, tiers: tuple[str, ...]) -> dict[str, str]:
    """Return every policy of a fleet by its name."""
    base = root.replace("/", "-")
    return {
        f"{base}-commander": commander(root),
        f"{base}-engine": engine(root),
        **{f"{base}-agent-{tier}": agent(root, tier) for tier in tiers},
        f"{base}-watcher": watcher(root),
    }


def _key(root: str, key: str, may: str) -> str:
    return f"key {json.dumps(f'{root}/{key}')} {{ policy = {json.dumps(may)} }}"


def _prefix(root: str, prefix: str, may: str) -> str:
    return f"key_prefix {json.dumps(f'{root}/{prefix}')} {{ policy = {json.dumps(may)} }}"


_SESSIONS = (
    'session_prefix "" { policy = "write" }',
    f'service "{store_keys.LOCK_SERVICE}" {{ policy = "write" }}',
)


def _rules(*rules: str) -> str:
    return "".join(f"{rule}\n" for rule in rules)
