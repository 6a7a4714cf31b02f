"""The fetched bytes are always known; the total is known once the pack has begun."""

from cockpit.agent.progress import Progress
from cockpit.deploy.builds.build import delta_name, delta_pack_name, full_name, manifest_name
from cockpit.deploy.hosts.status import Pulling

OLD, NEW = "a" * 64, "b" * 64


def test_the_total_is_unknown_before_the_pack_begins() -> None:
    progress = Progress(NEW, 5.0)
    assert progress.pulling == Pulling(NEW, 5.0, 0, 0)
    progress.update(delta_name(NEW, OLD), 3000, 3000)
    assert progress.pulling == Pulling(NEW, 5.0, 3000, 0)
    progress.update(delta_pack_name(NEW, OLD), 0, 50_000)
    progress.update(delta_pack_name(NEW, OLD), 20_000, 50_000)
    assert progress.pulling == Pulling(NEW, 5.0, 23_000, 53_000)


def test_the_total_is_unknown_if_the_size_of_a_part_is() -> None:
    progress = Progress(NEW, 5.0)
    progress.update(manifest_name(NEW), 100, 100)
    progress.update(full_name(NEW), 5000, 0)
    assert progress.pulling == Pulling(NEW, 5.0, 5100, 0)
