"""The sections of config.toml as frozen values; a field that is missing there has its default here."""

from pathlib import Path

from msgspec import Struct, field

from cockpit.deploy.notification_policy import GIVE_UP
from cockpit.deploy.policy import GatePolicy, Policy
from cockpit.deploy.schedule.rota import Rota


class RepositoryConfig(Struct, frozen=True):
    url: str
    main: str = "main"
    reverts: str = "push"
    reland: bool = False


class ForgeConfig(Struct, frozen=True):
    kind: str = "none"
    url: str = "https://api.github.com"
    project: str = ""
    token_env: str = "GITHUB_TOKEN"  # noqa: S105 - the name of a variable, not what is in it
    token_file: str = ""
    every: float = 60.0
    deployments: bool = False


class SuspectsConfig(Struct, frozen=True):
    report: str = ""
    url: str = ""
    token_env: str = "SENTRY_AUTH_TOKEN"  # noqa: S105 - the name of a variable, not what is in it
    token_file: str = ""
    every: float = 5.0


class BuildConfig(Struct, frozen=True):
    command: tuple[str, ...] = ()
    output: str = "."
    timeout: float = 600.0


class SmokeConfig(Struct, frozen=True):
    command: tuple[str, ...] = ()
    timeout: float = 60.0


class StoreConfig(Struct, frozen=True):
    kind: str = "sqlite"
    path: str = "state/store.db"
    address: str = ""
    root: str = ""
    token_file: str = ""
    ca: str = ""
    cert: str = ""
    key: str = ""
    datacenter: str = ""


class ArtifactsConfig(Struct, frozen=True):
    folder: str = "state/builds"
    url: str = ""
    keep: int = 5


class MetricsConfig(Struct, frozen=True):
    kind: str = "scrape"
    path: str = "/metrics"
    requests: str = "http_requests_total"
    errors: str = "http_request_errors_total"
    route: str = "route"
    every: float = 2.0


class PrometheusConfig(Struct, frozen=True):
    url: str = "http://localhost:9090"
    requests: str = 'sum by (host, tier, build) (http_requests_total{tier=~"$tiers"})'
    errors: str = 'sum by (host, tier, build) (http_request_errors_total{tier=~"$tiers"})'
    age: str = 'time() - max by (host, tier, build) (timestamp(http_requests_total{tier=~"$tiers"}))'
    route_requests: str = 'sum by (host, tier, build, route) (http_requests_total{tier=~"$tiers"})'
    route_errors: str = 'sum by (host, tier, build, route) (http_request_errors_total{tier=~"$tiers"})'
    timeout: float = 5.0


class AlertsConfig(Struct, frozen=True):
    kind: str = "none"
    url: str = "http://localhost:9093"
    matchers: tuple[str, ...] = ()
    every: float = 10.0
    timeout: float = 5.0


class GateConfig(GatePolicy, frozen=True):
    """The gate's policy and what else counts as missing."""

    silent_after: float = 10.0


class CalendarConfig(Struct, frozen=True):
    """As people write it; `config.day` makes a calendar of it."""

    zone: str = "UTC"
    hours: dict[str, str] = {}
    slots: dict[str, str] = {}
    holidays: dict[str, str] = {}


class RotaConfig(Rota, frozen=True):
    """The rota, and where a newer one is read from."""

    file: str = ""
    command: tuple[str, ...] = ()
    every: float = 60.0
    timeout: float = 10.0


class AgentConfig(Struct, frozen=True):
    drain: tuple[str, ...] = ()
    inflight: tuple[str, ...] = ()
    reload: tuple[str, ...] = ()
    health: tuple[str, ...] = ()
    undrain: tuple[str, ...] = ()
    timeout: float = 10.0
    drain_least: float = 0.5
    drain_most: float = 30.0
    health_most: float = 30.0
    heartbeat: float = 2.0


class PeopleConfig(Struct, frozen=True):
    """Who is told; the only section that may hold passwords, as parts of URLs."""

    urls: tuple[str, ...] = ()
    urls_file: str = ""
    urls_env: str = "COCKPIT_PEOPLE"
    give_up: float = GIVE_UP
    authors: dict[str, str] = field(default_factory=dict)
    templates: dict[str, str] = field(default_factory=dict)

    def __repr__(self) -> str:
        """Without the URLs, which are passwords."""
        return f"PeopleConfig({len(self.urls)} urls, {len(self.authors)} authors)"


class RecordConfig(Struct, frozen=True):
    keep: int = 100


class ScreenConfig(Struct, frozen=True):
    theme: str = "dark"
    themes: str = ""
    mouse: bool = False
    frugal: bool = True
    notices: bool = True
    keys: dict[str, str] = field(default_factory=dict)


class Config(Struct, frozen=True):
    """All of config.toml."""

    path: Path
    app: str
    state: Path
    repository: RepositoryConfig
    forge: ForgeConfig
    suspects: SuspectsConfig
    build: BuildConfig
    smoke: SmokeConfig
    store: StoreConfig
    artifacts: ArtifactsConfig
    metrics: MetricsConfig
    prometheus: PrometheusConfig
    alerts: AlertsConfig
    rota: RotaConfig
    agent: AgentConfig
    people: PeopleConfig
    screen: ScreenConfig
    record: RecordConfig
    policy: Policy

    @property
    def consul_root(self) -> str:
        """The folder of keys in Consul."""
        return self.store.root.strip("/") or f"cockpit/{self.app}"

    def resolve(self, path: str) -> Path:
        """`path` as the config means it: relative to the config's own folder."""
        return (self.path.parent / Path(path).expanduser()).resolve()
