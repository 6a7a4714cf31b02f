"""One host: its sentence, its summary and its page."""

from dataclasses import replace

from msgspec import structs

from cockpit.deploy.snapshot import Seen
from cockpit.views.host import page, stragglers, summary
from cockpit.views.rows import Tone, length, plain
from tests.builders import NOW, SCENES, at_canary, at_production, host_failed, pulling


def test_a_straggler_has_a_sentence_with_state_and_age() -> None:
    hosts = (("web-03", Tone.WAITING), ("web-07", Tone.UNKNOWN), ("web-99", Tone.UNKNOWN))
    spans = stragglers(at_production(), hosts)
    assert [span.text for span in spans] == [
        "web-03 draining for 5 s",
        "web-07 silent for 2 min",
        "web-99 never reported",
    ]


def test_the_summary_has_state_build_age_and_last_output() -> None:
    head, output, _ = summary(host_failed(), "canary", "canary-1", 80)
    assert plain((head,)) == " canary-1  canary  failed for 9 s  0ld5eed000, reported 1 s ago"
    assert plain((output,)) == " health check: 503"


def test_a_host_that_never_reported_has_a_summary() -> None:
    unknown = replace(at_canary(), statuses=Seen({}, NOW))
    assert "never reported" in plain(summary(unknown, "canary", "canary-1", 80))
    assert "no host" in plain(summary(unknown, "canary", "", 80))


def test_the_page_has_the_target_the_transfer_and_the_last_swap() -> None:
    text = plain(page(pulling(), "production", "web-04", 100))
    assert "target     9ea7b0b111" in text
    assert "pulling    9ea7b0b111: 3.6 MB of 10.0 MB, 900 kB/s, about 7 s left" in text
    swapped = plain(page(pulling(), "production", "web-01", 100))
    assert "last swap  4.0 s out of service, flip 3 ms, to 9ea7b0b111 at 12:34:36 UTC" in swapped


def test_every_line_of_the_page_has_the_given_width() -> None:
    for scene in SCENES.values():
        assert all(length(line) in {0, 60} for line in page(scene(), "canary", "canary-1", 60))


def test_the_page_says_which_cold_builds_are_not_proved() -> None:
    snapshot = pulling()
    status = snapshot.statuses.value["web-01"]

    def on_disk(proved: tuple[str, ...] | None) -> str:
        changed = structs.replace(status, cold=("c" * 64, "d" * 64), proved=proved)
        text = plain(page(replace(snapshot, statuses=Seen({"web-01": changed}, NOW)), "production", "web-01", 100))
        return next(line for line in text.splitlines() if "on disk" in line).rstrip().removeprefix(" on disk    ")

    hot = status.build[:10]
    assert on_disk(None) == f"{hot}, cccccccccc, dddddddddd"
    assert on_disk(("d" * 64,)) == f"{hot}, cccccccccc (not proved), dddddddddd"


def test_the_page_says_that_a_host_is_out_of_its_balancer() -> None:
    snapshot = pulling()
    assert "balancer" not in plain(page(snapshot, "production", "web-01", 100))
    out = structs.replace(snapshot.statuses.value["web-01"], out=True)
    text = plain(page(replace(snapshot, statuses=Seen({"web-01": out}, NOW)), "production", "web-01", 100))
    assert "balancer   out of it, takes no requests" in text
