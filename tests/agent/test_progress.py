"""What there is to fetch is said once it is known, and what has come at any time."""

from cockpit.agent.progress import Progress
from cockpit.deploy.builds.build import delta_name, delta_pack_name, full_name, manifest_name
from cockpit.deploy.hosts.status import Pulling

OLD, NEW = "a" * 64, "b" * 64


def test_before_the_pack_has_begun_the_total_is_not_known() -> None:
    progress = Progress(NEW, 5.0)
    assert progress.pulling == Pulling(NEW, 5.0, 0, 0)
    progress.heard(delta_name(NEW, OLD), 3000, 3000)
    assert progress.pulling == Pulling(NEW, 5.0, 3000, 0)
    progress.heard(delta_pack_name(NEW, OLD), 0, 50_000)
    progress.heard(delta_pack_name(NEW, OLD), 20_000, 50_000)
    assert progress.pulling == Pulling(NEW, 5.0, 23_000, 53_000)


def test_a_store_that_does_not_say_how_much_leaves_it_unknown() -> None:
    progress = Progress(NEW, 5.0)
    progress.heard(manifest_name(NEW), 100, 100)
    progress.heard(full_name(NEW), 5000, 0)
    assert progress.pulling == Pulling(NEW, 5.0, 5100, 0)
