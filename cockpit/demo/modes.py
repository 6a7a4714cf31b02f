"""The two modes of the demo: on the screen and headless."""

from pathlib import Path

from cockpit import wiring
from cockpit.config import load
from cockpit.demo import headless
from cockpit.demo.company_process import SETTING_UP, running_company
from cockpit.demo.settings import DemoSettings


def run_headless(settings: DemoSettings, keep: Path | None, *, as_json: bool, autopilot: bool) -> int:
    """Play the story without a screen; 0 if it ended as expected. Raises `Failed`."""
    with running_company(settings, keep) as company:
        return headless.play_headless(company, as_json, autopilot)


def run_on_screen(settings: DemoSettings, keep: Path | None, *, autopilot: bool) -> int:
    """Open the cockpit on the company; its exit code. Raises `Failed`."""
    with running_company(settings, keep) as company:
        config = load(company.layout.config)
        config = headless.with_autopilot(config) if autopilot else config
        return wiring.run_screen(config, watch=False, extra_feed=company.report_startup, startup=SETTING_UP)
