"""Keys are built and parsed back."""

import pytest

from cockpit.deploy import store_keys


def test_an_events_key_is_parsed_back_and_sorts_by_number() -> None:
    keys = [store_keys.event("2026-11-23.3", number) for number in (2, 10)]
    assert keys == sorted(keys)
    assert [store_keys.parse_event(key) for key in keys] == [("2026-11-23.3", 2), ("2026-11-23.3", 10)]


@pytest.mark.parametrize("key", ["", "releases/head", "releases/2026-11-23.3/x", "targets/canary", "releases//000001"])
def test_another_key_is_no_events_key(key: str) -> None:
    assert store_keys.parse_event(key) is None


def test_a_targets_key_is_parsed_back_and_an_announcements_is_not() -> None:
    assert store_keys.tier_of_target(store_keys.target("canary")) == "canary"
    assert store_keys.tier_of_target(store_keys.announced("canary")) == ""
    assert store_keys.tier_of_target(store_keys.status("canary", "web-1")) == ""
    assert store_keys.tier_of_target("canary") == ""


def test_delivery_keys_are_parsed_back_with_any_destination() -> None:
    to = "author:ann/bob ü"
    assert store_keys.parse_notification(store_keys.destination(to)) == ("", to)
    assert store_keys.parse_notification(store_keys.delivery("2026-11-23.3", to)) == ("2026-11-23.3", to)


@pytest.mark.parametrize("key", ["", "told/", "told/to/", "told/in/x", "told/to/a/b", "told/at/a", "targets/canary"])
def test_another_key_is_no_delivery_key(key: str) -> None:
    assert store_keys.parse_notification(key) is None


def test_releases_sort_by_day_and_then_by_number() -> None:
    ids = ["2026-11-23.10", "2026-11-23.9", "2026-11-22.11", "odd"]
    assert sorted(ids, key=store_keys.release_order) == ["2026-11-22.11", "2026-11-23.9", "2026-11-23.10", "odd"]


def test_a_page_of_traffic_has_the_prefix_of_all_pages_of_its_release() -> None:
    assert store_keys.traffic("2026-11-23.3", 12) == "traffic/2026-11-23.3/00012"
    assert store_keys.traffic("2026-11-23.3") == "traffic/2026-11-23.3/"


@pytest.mark.parametrize("text", ["", "v1", "2026-11-23", "2026-11-23.", "2026-11-23.1-hotfix.1", "2026-11-23.x"])
def test_only_a_day_with_a_number_is_a_releases_id(text: str) -> None:
    assert store_keys.is_release_id("2026-11-23.12")
    assert not store_keys.is_release_id(text)
