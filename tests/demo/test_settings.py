"""The settings of a demo as options of `cockpit demo`."""

from cockpit.demo.settings import DemoSettings, StoreKind
from cockpit.demo.shop_history import Story


def test_the_options_name_every_setting_that_is_not_the_default() -> None:
    assert DemoSettings().options == "--story hotfix --seed 1"
    settings = DemoSettings(Story.CLEAN, 7, StoreKind.CONSUL, prometheus=True, pace=2.5)
    assert settings.options == "--story clean --seed 7 --consul --prometheus --pace 2.5"
