"""The command line: one sub-command for each row of the command table, and those that look or run."""

import argparse
from pathlib import Path
from typing import Any

from cockpit import __version__
from cockpit.cli import command_verb, looking, recording, returning, running, trying
from cockpit.cli.verbs import agent as agent_verb
from cockpit.cli.verbs import builds as builds_verb
from cockpit.cli.verbs import check as check_verb
from cockpit.cli.verbs import completion as completion_verb
from cockpit.cli.verbs import day as day_verb
from cockpit.cli.verbs import init as init_verb
from cockpit.cli.verbs import suspects as suspects_verb
from cockpit.cli.verbs import whereis
from cockpit.control.command_table import ACTIONS, Command, Takes
from cockpit.control.replay_clock import FASTEST
from cockpit.deploy.policy import Autopilot
from cockpit.deploy.schedule.time_format import FORMS


def parse(argv: list[str]) -> argparse.Namespace:
    """The options; `run` among them is the function of the verb. Exits with 2 on a wrong command line."""
    whole = parser()
    options, unknown = whole.parse_known_args(argv)
    if unknown:
        said = f"it is not known here what {' '.join(unknown)} means; `{options.prog} --help` shows what is"
        whole.exit(2, f"cockpit: {said}\n")
    return options


class _Named(argparse.ArgumentParser):
    """Its options know the verb that they belong to, as it is called."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.set_defaults(prog=self.prog)


def parser() -> argparse.ArgumentParser:
    """The whole command line; completion and the man page are made of it, too."""
    parser: argparse.ArgumentParser = _Named(
        prog="cockpit",
        description="The deploy commander's terminal. Without a verb it opens the screen.",
        epilog="exit codes: 0 done, 1 refused, 2 usage or config, 3 an outside system failed",
    )
    parser.add_argument("--version", action="version", version=f"cockpit {__version__}")
    _config(parser, default=None)
    parser.set_defaults(run=running.screen)
    verbs = parser.add_subparsers(title="verbs", metavar="VERB")
    for command in ACTIONS:
        _action(verbs, command)
    _lookers(verbs)
    _historians(verbs)
    _recorders(verbs)
    _runners(verbs)
    return parser


def _verb(
    verbs: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, help: str, json: bool = True
) -> argparse.ArgumentParser:
    verb = verbs.add_parser(name, help=help, description=help)
    _config(verb, default=argparse.SUPPRESS)
    if json:
        verb.add_argument("--json", action="store_true", help="print JSON")
    return verb


def _config(parser: argparse.ArgumentParser, default: str | None) -> None:
    parser.add_argument(
        "--config", metavar="FILE", type=Path, default=default, help="the config to use (./config.toml)"
    )


def _action(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]", command: Command) -> None:
    verb = _verb(verbs, command.verb, command.help)
    verb.set_defaults(run=command_verb.act, command=command)
    verb.add_argument("--dry-run", action="store_true", help="print what would happen and change nothing")
    verb.add_argument("--why", default="", metavar="REASON", help="the reason, kept in the log")
    if Takes.REF in command.takes:
        verb.add_argument("--at", default="main", metavar="SHA", help="the commit or ref to release (main)")
    if Takes.OVERRIDE in command.takes:
        verb.add_argument(
            "--override", action="store_true", help="go on although something speaks against it; needs --why"
        )
    if Takes.PERSON in command.takes:
        verb.add_argument("--to", default="", metavar="USER@HOST", help="the person; without it whoever takes it next")
    if Takes.UNTIL in command.takes:
        verb.add_argument("--until", default="", metavar="WHEN", help=f"{FORMS}, in the team's time zone")
    if Takes.NOTE in command.takes:
        alone = Takes.PERSON not in command.takes
        verb.add_argument(
            "note" if alone else "--note", default="", metavar="TEXT", help="what the next one should know"
        )
    if command.verb == "handoff":
        verb.add_argument("--read", action="store_true", help="say that you have read it: then your commands are taken")
        verb.set_defaults(run=returning.card)
    if Takes.MODE in command.takes:
        verb.add_argument("mode", nargs="?", default="", choices=("", *map(str, Autopilot)), metavar="MODE")
    if Takes.PULL in command.takes:
        verb.add_argument(
            "pull",
            nargs="?",
            default=0,
            type=command_verb.pull_named,
            metavar="PR",
            help="its number, Change-Id or D12",
        )
        verb.add_argument(
            "--commit", action="append", default=[], metavar="SHA", help="with --dry-run: any commit instead of a PR"
        )
        verb.add_argument("--edit", action="store_true", help="resolve its conflicts in your editor first")
        trying.add_options(verb)
        verb.set_defaults(run=trying.revert)


def _lookers(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    status = _verb(verbs, "status", "the whole picture: release, step, tiers, verdict, ages")
    status.set_defaults(run=looking.status)
    day = _verb(verbs, "day", "the deploy day: its slots, how each ended, who commands, freezes, and the days after it")
    day.add_argument("date", nargs="?", default="", metavar="DATE", help="another day, as 2026-12-01")
    day.set_defaults(run=day_verb.day)
    hosts = _verb(verbs, "hosts", "the fleet, one cell a host, with those that lag or failed by name")
    hosts.set_defaults(run=looking.hosts)
    messages = _verb(verbs, "notifications", "what people have still to be told, and why they have not been")
    messages.set_defaults(run=looking.messages)
    away = _verb(verbs, "away", "while you were away: what moved, who did it, what is due now")
    away.add_argument("--since", default="", metavar="WHEN", help="30m, 2h, 14:30 (UTC) or a date (your last look)")
    away.set_defaults(run=returning.away)
    history = _verb(verbs, "history", "past releases, or one release's events: when, who, what, why")
    history.add_argument("release", nargs="?", metavar="RELEASE")
    history.add_argument("--verify", action="store_true", help="prove that nobody edited the log; prints its head")
    history.add_argument(
        "--against", default="", metavar="DIGEST", help="and that an earlier head, kept outside, is in it"
    )
    history.set_defaults(run=looking.history)
    _gate(verbs)
    acl = _verb(verbs, "acl", "the Consul policies of each role, as HCL ready to load")
    acl.add_argument("role", nargs="?", choices=("commander", "engine", "agent", "watcher"), metavar="ROLE")
    acl.add_argument("--tier", default="", metavar="TIER", help="the agent's tier")
    acl.add_argument(
        "--host", default="", metavar="NAME", help="the agent's host, to let it write its own status alone"
    )
    acl.set_defaults(run=looking.acl)
    builds = _verb(verbs, "builds", "the builds that are kept, and what for")
    builds.add_argument("what", nargs="?", choices=("prune",), metavar="prune", help="remove those that nothing needs")
    builds.add_argument("--dry-run", action="store_true", help="with prune: print what would go and remove nothing")
    builds.set_defaults(run=builds_verb.builds)
    init = _verb(verbs, "init", "ask a few questions and write config.toml", json=False)
    init.add_argument("--yes", action="store_true", help="ask nothing and take every default")
    init.set_defaults(run=init_verb.init)
    completion = verbs.add_parser(
        "completion",
        help="print what a shell completes by",
        description='For example: eval "$(cockpit completion bash)"',
    )
    completion.add_argument("shell", choices=("bash", "zsh", "tcsh"))
    completion.set_defaults(run=lambda options: completion_verb.completion(parser(), options.shell))
    check = _verb(verbs, "check", "validate the config and reach every system it names")
    check.set_defaults(run=check_verb.check)


def _historians(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """What is asked of a repository's history."""
    pulls = _verb(verbs, "pulls", "the PRs in a range: number, title, author, how it was merged")
    pulls.add_argument("range", nargs="?", default="", metavar="BASE..HEAD", help="default: what is not released yet")
    trying.add_repository(pulls)
    pulls.set_defaults(run=looking.pulls)
    suspects = _verb(
        verbs, "suspects", "which PR of a range is behind an error: the likeliest first, each with its reason"
    )
    suspects.add_argument("range", nargs="?", default="", metavar="BASE..HEAD", help="default: the open release")
    suspects.add_argument(
        "--trace", default="", metavar="FILE", help="the report with its stack trace; - reads it here"
    )
    trying.add_repository(suspects)
    suspects.set_defaults(run=suspects_verb.suspects)
    where = _verb(verbs, "whereis", "where a PR or a commit is: in which tiers, on what share of hosts, since when")
    whereis.add_options(where)
    pick = _verb(verbs, "pick", "try out what a cherry-pick would make; it changes nothing")
    pick.add_argument("commit", nargs="+", metavar="SHA", help="picked one after the other")
    pick.add_argument("--dry-run", action="store_true", help="say that this is only tried out")
    trying.add_options(pick)
    pick.set_defaults(run=trying.pick)


def _recorders(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """What is told after the fact."""
    report = verbs.add_parser(
        "report", help="the draft of a post-mortem: timeline, charts, PRs, harm, what was overridden"
    )
    _config(report, default=argparse.SUPPRESS)
    report.add_argument("release", nargs="?", default="", metavar="RELEASE", help="the newest without it")
    report.add_argument("--format", choices=("md", "html", "json"), default="md", help="what it is written as (md)")
    report.add_argument("--json", action="store_const", dest="format", const="json", help="the same as --format json")
    report.add_argument("--output", type=Path, metavar="FILE", help="write it there; pictures of a .md beside it")
    report.set_defaults(run=recording.report)
    figures = _verb(verbs, "dora", "DORA's four: deployment frequency, lead time, change failure rate, time to restore")
    figures.add_argument("--since", default="28d", metavar="WHEN", help="a date, a time in UTC, or 7d, 36h ago (28d)")
    figures.add_argument("--until", default="now", metavar="WHEN", help="the same (now)")
    figures.set_defaults(run=recording.figures)
    replay = _verb(verbs, "replay", "a release played from its record on the same screen; nothing in it can write")
    replay.add_argument("release", nargs="?", default="", metavar="RELEASE", help="the newest without it")
    replay.add_argument("--speed", type=_speed, default=10.0, metavar="N", help="how many times as fast as it was (10)")
    replay.add_argument("--headless", action="store_true", help="print its events as they come, without a screen")
    replay.set_defaults(run=recording.replay)


def _gate(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    gate = verbs.add_parser("gate", help="the gate by itself").add_subparsers(required=True, metavar="VERB")
    replay = gate.add_parser("replay", help="read a trace t,group,requests,errors and print the verdict at every tick")
    replay.add_argument("file", type=Path, metavar="FILE")
    replay.add_argument("--soak", type=_seconds, default=0.0, metavar="S", help="seconds the step must be watched")
    replay.add_argument("--every", type=_interval, metavar="S", help="seconds between polls (a poll at every t)")
    replay.add_argument("--until", type=_seconds, metavar="S", help="poll on to there although no rows arrive")
    replay.add_argument(
        "--counters",
        action="store_true",
        help="read hosts' counters: t_arrived,t,group,host,requests_total,errors_total",
    )
    replay.add_argument("--json", action="store_true", help="print one JSON object a line")
    _config(replay, default=argparse.SUPPRESS)
    replay.set_defaults(run=looking.gate_replay)


def _seconds(text: str) -> float:
    value = float(text)
    if not 0 <= value < float("inf"):
        raise argparse.ArgumentTypeError(f"must be a number of seconds, 0 or more: {text}")
    return value


def _speed(text: str) -> float:
    if not 0.1 <= (value := _seconds(text)) <= FASTEST:
        raise argparse.ArgumentTypeError(f"must be from 0.1 to {FASTEST:g}: {text}")
    return value


def _interval(text: str) -> float:
    if (value := _seconds(text)) < 0.01:
        raise argparse.ArgumentTypeError(f"must be at least 0.01 seconds: {text}")
    return value


def _runners(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    watch = _verb(verbs, "watch", "the screen, read-only: nothing in it can write", json=False)
    watch.add_argument("--web", action="store_true", help="serve it to browsers instead, on this machine alone")
    watch.add_argument("--port", type=int, default=8765, metavar="N", help="with --web: where (8765)")
    watch.add_argument(
        "--host", default="127.0.0.1", metavar="ADDRESS",
        help="with --web: the address to serve on (127.0.0.1); on any other, everybody who reaches it can look",
    )  # fmt: skip
    watch.add_argument(
        "--public-url", default="", metavar="URL", help="with --web: how browsers reach it, for example by a proxy"
    )
    watch.set_defaults(run=running.watch)
    engine = _verb(verbs, "engine", "carry out what was decided, until stopped", json=False)
    engine.set_defaults(run=running.engine)
    agent = _verb(verbs, "agent", "the process on each host: pull, prepare, drain, swap")
    agent.add_argument(
        "what", nargs="?", choices=("status", "bootstrap", "unit"), metavar="status|bootstrap|unit",
        help="what is on the disk; the first install; a systemd unit. Without it the agent runs",
    )  # fmt: skip
    agent.add_argument("--host", default="", metavar="NAME")
    agent.add_argument("--tier", default="", metavar="TIER")
    agent.add_argument("--folder", required=True, type=Path, metavar="DIR", help="the host's own folder")
    agent.add_argument("--url", default="", metavar="URL", help="where its application answers")
    agent.add_argument("--once", action="store_true", help="make the host agree with its target as it is now, and end")
    agent.add_argument("--log", choices=("text", "json"), default="text", help="how it tells on stderr what it does")
    agent.set_defaults(run=agent_verb.agent)
    demo = verbs.add_parser("demo", help="a whole company on this machine, to try everything on")
    demo.add_argument("--story", choices=("clean", "hotfix", "rollback"), default="hotfix")
    demo.add_argument("--seed", type=int, metavar="N", help="what chance draws (1; for a drill another each time)")
    demo.add_argument(
        "--keep", type=Path, metavar="DIR", help="make it there, leave it there, go on with it if it is there"
    )
    demo.add_argument("--consul", action="store_true", help="on a Consul of its own instead of the embedded store")
    demo.add_argument(
        "--prometheus", action="store_true", help="counters and alerts from a Prometheus and an Alertmanager of its own"
    )
    demo.add_argument("--autopilot", action="store_true", help="let the engine take steps by itself on GO")
    demo.add_argument("--drill", action="store_true", help="something will break: a fault and a moment drawn by --seed")
    demo.add_argument("--headless", action="store_true", help="play the story without a screen")
    demo.add_argument("--json", action="store_true", help="with --headless: print JSON")
    demo.set_defaults(run=running.demo)
