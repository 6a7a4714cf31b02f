"""Which stores the config means, of what is shared and of builds. Each kind is loaded only where it is used."""

import os
from collections.abc import Callable
from urllib.parse import unquote

from cockpit.config import Config
from cockpit.ports import Artifacts, Locks, Store


def open_store(config: Config, read_only: bool, clock: Callable[[], float]) -> tuple[Store, Locks]:
    """The store and its locks; a `read_only` store refuses to write. Raises `Failed` for an address or a token that
    cannot be read; nothing is connected to before the first use."""
    store = config.store
    if store.kind == "sqlite":
        from cockpit.adapters.leases import StoreLocks
        from cockpit.adapters.sqlite.store import SqliteStore

        embedded = SqliteStore(config.resolve(store.path), read_only=read_only)
        return embedded, StoreLocks(embedded, clock)
    from cockpit.adapters.consul.address import consul_address
    from cockpit.adapters.consul.client import ConsulClient
    from cockpit.adapters.consul.locks import ConsulLocks
    from cockpit.adapters.consul.store import ConsulStore

    address = consul_address(
        os.environ,
        address=store.address,
        token_file=_file(config, store.token_file),
        ca=_file(config, store.ca),
        cert=_file(config, store.cert),
        key=_file(config, store.key),
        datacenter=store.datacenter,
    )
    client, root = ConsulClient(address), config.consul_root
    return ConsulStore(client, root, read_only=read_only), ConsulLocks(client, root, clock)


def open_artifacts(config: Config) -> Artifacts:
    """Where builds are kept. Raises `Failed` for a URL that no store is known for."""
    from cockpit.adapters.artifacts.folder import FolderArtifacts

    folder, url = FolderArtifacts(config.resolve(config.artifacts.folder)), config.artifacts.url
    scheme, _, rest = url.partition("://")
    if not url:
        return folder
    if scheme == "file":
        return FolderArtifacts(config.resolve(unquote(rest)))
    from cockpit.adapters.artifacts.object_store import ObjectArtifacts, SplitArtifacts

    there = ObjectArtifacts(url)
    return SplitArtifacts(folder, there) if scheme in ("http", "https") else there


async def advice(store: Store, hosts: int) -> str:
    """What to know about the store before a fleet of that many hosts is on it; empty for nothing. Raises `Failed`."""
    from cockpit.adapters.consul.store import ConsulStore

    return await store.advice(hosts) if isinstance(store, ConsulStore) else ""


def nothing_to_read(config: Config) -> bool:
    """Whether there is no embedded store yet, so that one may be made also by somebody who only looks."""
    return config.store.kind == "sqlite" and not config.resolve(config.store.path).exists()


def _file(config: Config, path: str) -> str:
    return str(config.resolve(path)) if path else ""
