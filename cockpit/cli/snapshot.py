"""Reads the state that a verb prints; the store is opened read-only."""

import argparse
from dataclasses import replace

from cockpit.cli.options import config_of
from cockpit.deploy.snapshot import Seen, Snapshot
from cockpit.ports import Failed


async def read_snapshot(options: argparse.Namespace) -> Snapshot:
    """Read the present snapshot. Raises `ConfigError` or `Failed`."""
    from cockpit import wiring

    async with wiring.open_context(config_of(options), read_only=True) as context:
        return await wiring.read_snapshot(context)


async def read_snapshot_with_alerts(options: argparse.Namespace) -> Snapshot:
    """Read the present snapshot and the alerts; an alert source that fails is part of the snapshot."""
    from cockpit import wiring

    config = config_of(options)
    async with wiring.open_context(config, read_only=True) as context:
        snapshot = await wiring.read_snapshot(context)
        if (source := wiring.alerts(config)) is None:
            return snapshot
        try:
            return replace(snapshot, alerts=Seen(await source.alerts(), snapshot.now))
        except Failed as failed:
            return replace(snapshot, alerts=Seen(None, 0.0, str(failed)))
