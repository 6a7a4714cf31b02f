"""Open the shared store and the store of builds that the config names. Each kind is imported only if it is used."""

import os
from collections.abc import Callable
from urllib.parse import unquote

from cockpit.config import Config
from cockpit.ports import Artifacts, Locks, Store


def open_store(config: Config, read_only: bool, clock: Callable[[], float]) -> tuple[Store, Locks]:
    """Open the store and its locks; a `read_only` store refuses every write.

    Nothing is connected before the first use. Raises `Failed` for an invalid address or an unreadable token.
    """
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
    """Open the store of builds. Raises `Failed` for an unknown kind of URL."""
    from cockpit.adapters.artifacts.folder import FolderArtifacts

    folder, url = FolderArtifacts(config.resolve(config.artifacts.folder)), config.artifacts.url
    scheme, _, rest = url.partition("://")
    if not url:
        return folder
    if scheme == "file":
        return FolderArtifacts(config.resolve(unquote(rest)))
    from cockpit.adapters.artifacts.object_store import ObjectArtifacts, SplitArtifacts

    remote = ObjectArtifacts(url)
    return SplitArtifacts(folder, remote) if scheme in ("http", "https") else remote


async def advice(store: Store, hosts: int) -> str:
    """Return a warning about the store's limits for a fleet of that many hosts; empty for none. Raises `Failed`."""
    from cockpit.adapters.consul.store import ConsulStore

    return await store.advice(hosts) if isinstance(store, ConsulStore) else ""


def store_missing(config: Config) -> bool:
    """Return whether there is no embedded store yet. Then a reader may create an empty one."""
    return config.store.kind == "sqlite" and not config.resolve(config.store.path).exists()


def _file(config: Config, path: str) -> str:
    return str(config.resolve(path)) if path else ""
