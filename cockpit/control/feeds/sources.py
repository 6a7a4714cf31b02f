"""The sources that a snapshot is read from."""

from dataclasses import dataclass

from cockpit.ports import Alerts, ErrorReports, Forge, Locks, Metrics, Repository, RotaSource, Store


@dataclass(frozen=True)
class Sources:
    """The sources of one process, and how often each is read, in seconds. A source that is None is not followed."""

    store: Store
    locks: Locks
    metrics: Metrics | None = None
    repository: Repository | None = None
    alerts: Alerts | None = None
    scrape_every: float = 2.0
    alerts_every: float = 10.0
    fetch_every: float = 20.0
    forge: Forge | None = None
    reviews_every: float = 60.0
    reports: ErrorReports | None = None
    reports_every: float = 5.0
    blame_repository: Repository | None = None
    """The repository to find suspects in, if `repository` is not followed."""
    rota_source: RotaSource | None = None
    rota_every: float = 60.0
