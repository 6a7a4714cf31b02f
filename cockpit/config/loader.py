"""Reads config.toml: every section as its value, every problem in one error."""

import tomllib
from pathlib import Path
from typing import Any

from msgspec import Struct

from cockpit.agent.settings import AgentConfig
from cockpit.config.calendar_section import check_rota, read_calendar
from cockpit.config.forge_section import check_forge, reviews_valid_for
from cockpit.config.ladder_section import check_ladder
from cockpit.config.merge_section import check_merge
from cockpit.config.moved_keys import take_moved
from cockpit.config.people_section import check_people
from cockpit.config.problems import Problems
from cockpit.config.sections import (
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
from cockpit.deploy.tiers import Step, Tier


class ConfigError(Exception):
    """The config cannot be used. The message lists every problem."""


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
TOP_LEVEL = {"app", "state", "tier", "step", *SECTIONS}
KINDS = {
    "store": ("sqlite", "consul"),
    "metrics": ("scrape", "prometheus"),
    "alerts": ("none", "alertmanager", "prometheus"),
    "forge": ("none", "github", "gitlab", "gitea"),
}
"""The valid values of `kind`, by section."""


def load(path: Path) -> Config:
    """Read the config in that file. Raises `ConfigError` with every problem in it."""
    try:
        text = path.read_text(encoding="utf-8")
        raw = tomllib.loads(text)
    except FileNotFoundError as missing:
        raise ConfigError(f"{path}: no such file; name another with `cockpit --config FILE`") from missing
    except (OSError, UnicodeDecodeError) as unreadable:
        raise ConfigError(f"{path}: cannot be read: {unreadable}") from unreadable
    except tomllib.TOMLDecodeError as invalid:
        raise ConfigError(f"{path}: invalid TOML: {invalid}") from invalid
    problems = Problems(text)
    config = _build(path.resolve(), raw, problems)
    if problems.lines:
        count = len(problems.lines)
        lines = "\n".join(f"  {line}" for line in problems.lines)
        raise ConfigError(f"{path}: {count} problem{'s' if count > 1 else ''}\n{lines}")
    return config


def _build(path: Path, raw: dict[str, Any], problems: Problems) -> Config:
    take_moved(raw, problems)
    problems.check_names("", raw, TOP_LEVEL)
    app, state = (_text(name, raw, problems) for name in ("app", "state"))
    read: dict[str, Any] = {name: problems.section(name, raw.get(name, {}), kind) for name, kind in SECTIONS.items()}
    tiers = problems.sections("tier", raw.get("tier", []), Tier)
    ladder = problems.sections("step", raw.get("step", []), Step)
    for name, kinds in KINDS.items():
        problems.check_choice(f"{name}.kind", read[name].kind, kinds)
    check_forge(read["forge"], read["repository"], problems)
    check_merge(read["merge"], read["forge"], problems)
    check_ladder(tiers, ladder, problems)
    people = check_people(read["people"], problems)
    calendar = read_calendar(read.pop("calendar"), problems)
    check_rota(read["rota"], calendar, problems)
    gate: GateConfig = read.pop("gate")
    policy = Policy(
        app,
        tiers,
        ladder,
        gate,
        gate.silent_after,
        watches_alerts=read["alerts"].kind != "none",
        rota=read["rota"],
        notifications=people,
        calendar=calendar,
        merge=read.pop("merge"),
        reviews_valid_for=reviews_valid_for(read["forge"]),
        commander=read.pop("commander"),
    )
    return Config(path=path, app=app, state=(path.parent / Path(state).expanduser()).resolve(), policy=policy, **read)


def _text(name: str, raw: dict[str, Any], problems: Problems) -> str:
    """A text at the top of the file; its default is its name."""
    value = raw.get(name, name)
    if not isinstance(value, str):
        problems.add(name, "must be a string")
    return str(value)
