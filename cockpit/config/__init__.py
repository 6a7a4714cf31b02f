"""config.toml: read once, checked whole, frozen. One error lists every problem in it."""

import tomllib
from math import inf
from pathlib import Path
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from cockpit.config.calendar_section import check_rota, read_calendar
from cockpit.config.merge_section import check_merge, reviews_last
from cockpit.config.people_section import check_people
from cockpit.config.problems import Problems
from cockpit.config.sections import (
    AgentConfig,
    AlertsConfig,
    ArtifactsConfig,
    BuildConfig,
    CalendarConfig,
    Config,
    ForgeConfig,
    GateConfig,
    MetricsConfig,
    PeopleConfig,
    PrometheusConfig,
    RecordConfig,
    RepositoryConfig,
    RotaConfig,
    ScreenConfig,
    SmokeConfig,
    StoreConfig,
    SuspectsConfig,
)
from cockpit.deploy.policy import CommanderPolicy, Policy
from cockpit.deploy.pulls.merge_policy import MergePolicy
from cockpit.deploy.tiers import Step, Tier, permits


class ConfigError(Exception):
    """The config cannot be used; the message lists every problem."""


SECTIONS: dict[str, type[Struct]] = {
    "repository": RepositoryConfig,
    "forge": ForgeConfig,
    "suspects": SuspectsConfig,
    "build": BuildConfig,
    "smoke": SmokeConfig,
    "store": StoreConfig,
    "artifacts": ArtifactsConfig,
    "metrics": MetricsConfig,
    "prometheus": PrometheusConfig,
    "alerts": AlertsConfig,
    "gate": GateConfig,
    "calendar": CalendarConfig,
    "rota": RotaConfig,
    "merge": MergePolicy,
    "commander": CommanderPolicy,
    "agent": AgentConfig,
    "people": PeopleConfig,
    "screen": ScreenConfig,
    "record": RecordConfig,
}
TOP = {"app", "state", "tier", "step", *SECTIONS}
KINDS = {
    "store": ("sqlite", "consul"),
    "metrics": ("scrape", "prometheus"),
    "alerts": ("none", "alertmanager", "prometheus"),
    "forge": ("none", "github", "gitlab", "gitea"),
}


DAY = 86_400.0
RANGES = (
    ("gate.ceiling", 1e-6, 1.0),
    ("gate.tolerated", 1.0, 100.0),
    ("gate.least_requests", 0, 1_000_000_000),
    ("gate.least_errors", 1, 1_000_000),
    ("gate.excluded", 1.01, 100.0),
    ("gate.points", 1e-6, 1.0),
    ("gate.missed", 1e-12, 0.5),
    ("gate.least_excess", 0.0, 1.0),
    ("gate.dispersion", 1.0, 1000.0),
    ("gate.whole", 0.0, 1.0),
    ("gate.doubt", 1e-12, 0.5),
    ("gate.certain", 1e-12, 0.5),
    ("gate.fresh", 0.1, DAY),
    ("gate.silent_after", 0.5, DAY),
    ("commander.deadman", 0.0, DAY),
    ("commander.kept", 1.0, 60.0),
    ("forge.every", 5.0, DAY),
    ("people.give_up", 60.0, 90 * DAY),
    ("merge.most_pulls", 0, 100_000),
    ("suspects.every", 0.5, DAY),
    ("build.timeout", 0.1, DAY),
    ("smoke.timeout", 0.1, DAY),
    ("artifacts.keep", 0, 10_000),
    ("metrics.every", 0.1, 3600.0),
    ("prometheus.timeout", 0.1, 60.0),
    ("alerts.every", 0.5, 3600.0),
    ("alerts.timeout", 0.1, 60.0),
    ("rota.every", 1.0, DAY),
    ("rota.timeout", 0.1, 300.0),
    ("agent.timeout", 0.1, DAY),
    ("agent.drain_least", 0.0, DAY),
    ("agent.drain_most", 0.0, DAY),
    ("agent.health_most", 0.1, DAY),
    ("agent.heartbeat", 0.1, DAY),
    ("record.keep", 1, 10_000),
)


def load(path: Path) -> Config:
    """The config in that file. Raises `ConfigError` with every problem in it."""
    try:
        text = path.read_text(encoding="utf-8")
        raw = tomllib.loads(text)
    except FileNotFoundError as missing:
        raise ConfigError(f"{path}: there is no such file; `cockpit --config FILE` names another") from missing
    except (OSError, UnicodeDecodeError) as unreadable:
        raise ConfigError(f"{path}: cannot be read: {unreadable}") from unreadable
    except tomllib.TOMLDecodeError as bad:
        raise ConfigError(f"{path}: is not valid TOML: {bad}") from bad
    problems = Problems(text)
    config = _build(path.resolve(), raw, problems)
    if problems.found:
        lines = "\n".join(f"  {problem}" for problem in problems.found)
        count = len(problems.found)
        raise ConfigError(f"{path}: {count} problem{'s' if count > 1 else ''}\n{lines}")
    return config


def _build(path: Path, raw: dict[str, Any], problems: Problems) -> Config:
    problems.unknown("", raw, TOP)
    read: dict[str, Any] = {name: problems.section(name, raw.get(name, {}), kind) for name, kind in SECTIONS.items()}
    tiers = problems.sections("tier", raw.get("tier", []), Tier)
    ladder = problems.sections("step", raw.get("step", []), Step)
    app, state = raw.get("app", "app"), raw.get("state", "state")
    for name, value in (("app", app), ("state", state)):
        if not isinstance(value, str):
            problems.add(name, "must be a text")
    for name, kinds in KINDS.items():
        if read[name].kind not in kinds:
            problems.add(f"{name}.kind", f'"{read[name].kind}" is not known', near=(read[name].kind, kinds))
    forge: ForgeConfig = read["forge"]
    if forge.kind != "none" and "/" not in forge.project.strip("/"):
        problems.add("forge.project", "must be owner/name")
    if forge.deployments and forge.kind == "none":
        problems.add("forge.kind", "must name a forge where forge.deployments asks for deployments")
    if not forge.url.startswith(("https://", "http://")):
        problems.add("forge.url", "must begin with https://")
    if (repository := read["repository"]).reverts not in ("push", "pull"):
        problems.add("repository.reverts", 'must be "push" or "pull"')
    elif forge.kind == "none" and (repository.reverts == "pull" or repository.reland):
        problems.add("forge.kind", "must name a forge where repository.reverts or reland ask for PRs")
    check_merge(read["merge"], forge, problems)
    _check_ladder(tiers, ladder, problems)
    _check_numbers(read, problems)
    gate: GateConfig = read.pop("gate")
    people = check_people(read["people"], problems)
    calendar = read_calendar(read.pop("calendar"), problems)
    check_rota(read["rota"], calendar, problems)
    watches = read["alerts"].kind != "none"
    policy = Policy(
        str(app), tiers, ladder, gate, gate.silent_after, watches, rota=read["rota"], people=people, calendar=calendar
    )
    policy = replace(policy, merge=read.pop("merge"), reviews_last=reviews_last(forge))
    policy = replace(policy, commander=read.pop("commander"))
    return Config(
        path=path, app=str(app), state=(path.parent / Path(str(state)).expanduser()).resolve(), policy=policy, **read
    )


def _check_numbers(read: dict[str, Any], problems: Problems) -> None:
    """Ranges outside which a key would quietly switch something off; NaN is outside every one."""
    for key, low, high in RANGES:
        section, _, name = key.partition(".")
        value = getattr(read[section], name)
        told = any(key in problem for problem in problems.found)
        if not told and not low <= value <= high:
            problems.add(key, f"must be from {low:g} to {high:g}")


def _check_ladder(tiers: tuple[Tier, ...], ladder: tuple[Step, ...], problems: Problems) -> None:
    known = [tier.name for tier in tiers]
    if not tiers:
        problems.add("tier", "at least one [[tier]] is needed")
    if not ladder:
        problems.add("step", "at least one [[step]] is needed")
    for index, tier in enumerate(tiers):
        if known.index(tier.name) != index:
            problems.add(f"tier[{index}].name", f'"{tier.name}" is there twice')
        if not tier.name or "/" in tier.name:
            problems.add(f"tier[{index}].name", "must not be empty or contain a slash")
        if not permits(tier, 1):
            problems.add(f"tier[{index}].max_unavailable", 'must be a count from 1 on, or a share like "25%"')
    hosts = [host for tier in tiers for host in tier.hosts]
    for host in sorted({host for host in hosts if hosts.count(host) > 1}):
        problems.add("tier", f"names the host {host} twice")
    reached: dict[str, int] = {}
    for index, step in enumerate(ladder):
        if step.tier not in known:
            problems.add(f"step[{index}].tier", f'"{step.tier}" is no tier', near=(step.tier, tuple(known)))
        if not reached.get(step.tier, 0) < step.percent <= 100:
            problems.add(f"step[{index}].percent", f"must be above {reached.get(step.tier, 0)} and at most 100")
        if not 0 <= step.soak < inf:
            problems.add(f"step[{index}].soak", "must not be negative")
        reached[step.tier] = step.percent
    for tier in tiers:
        if ladder and reached.get(tier.name) != 100:
            problems.add("step", f"never takes {tier.name} to 100 per cent: add one")


__all__ = ["Config", "ConfigError", "load"]
