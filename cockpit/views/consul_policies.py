"""What a token of each role may do in Consul, as policies in HCL, ready for `consul acl policy create -rules -`.

https://developer.hashicorp.com/consul/docs/security/acl/acl-rules
"""

import json

from cockpit.deploy import store_keys


def commander(root: str) -> str:
    """Gives commands: opens releases, appends events, points tiers, has the conn. Reads all."""
    return _rules(
        _prefix(root, "", "read"),
        _key(root, store_keys.CURRENT, "write"),
        _prefix(root, store_keys.RELEASES, "write"),
        _prefix(root, store_keys.TARGETS, "write"),
        _prefix(root, f"{store_keys.COMMANDER_LOCK}/", "write"),
        *_SESSIONS,
    )


def engine(root: str) -> str:
    """Carries out: appends events, points tiers, announces builds, judges, tells people. Reads all."""
    return _rules(
        _prefix(root, "", "read"),
        _prefix(root, store_keys.RELEASES, "write"),
        _prefix(root, store_keys.TARGETS, "write"),
        _key(root, store_keys.JUDGEMENT, "write"),
        _prefix(root, store_keys.TOLD, "write"),
        _prefix(root, store_keys.TRAFFIC, "write"),
        _prefix(root, f"{store_keys.ENGINE_LOCK}/", "write"),
        *_SESSIONS,
    )


def agent(root: str, tier: str, host: str = "") -> str:
    """Reads its tier's target and what is announced to it, takes permits of its tier, and writes its own status: of
    this host alone, or without one of any in the tier."""
    status = (
        _key(root, store_keys.status(tier, host), "write")
        if host
        else _prefix(root, store_keys.status(tier, ""), "write")
    )
    return _rules(
        _key(root, store_keys.target(tier), "read"),
        _key(root, store_keys.announced(tier), "read"),
        _prefix(root, f"{store_keys.PERMITS}{tier}/", "write"),
        status,
        _SESSION,
    )


def watcher(root: str) -> str:
    """Reads all and can write nothing."""
    return _rules(_prefix(root, "", "read"))


def policies(root: str, tiers: tuple[str, ...]) -> dict[str, str]:
    """Every policy of a fleet, by a name for it."""
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


_SESSION = 'session_prefix "" { policy = "write" }'
"""For locks that last 10 s or more."""
_SESSIONS = (
    _SESSION,
    f'service "{store_keys.LOCK_SERVICE}" {{ policy = "write" }}',
)


def _rules(*rules: str) -> str:
    return "".join(f"{rule}\n" for rule in rules)
