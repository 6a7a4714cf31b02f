"""What is wrong with the sources that are only shown: said on the screen as of any other, with their age."""

from dataclasses import replace

from cockpit.deploy.pulls.reviews import Review, Reviews
from cockpit.deploy.snapshot import Seen
from cockpit.deploy.suspects.ranking import Suspect
from cockpit.views import pulls
from cockpit.views.headline import errors
from cockpit.views.rows import plain
from tests.builders import NOW, soaking

KNOWN = {31: Review(31, "a", "b", "")}


def test_a_forge_that_does_not_answer_and_errors_that_cannot_be_read_are_headline_troubles() -> None:
    reviews = Seen[Reviews](KNOWN, NOW, "github: its rate limit is used up")
    suspects = Seen[tuple[Suspect, ...]]((), NOW, "report: cannot be read")
    said = errors(replace(soaking(), reviews=reviews, suspects=suspects))
    assert said == ("github: its rate limit is used up", "report: cannot be read")


def test_reviews_say_their_age_once_they_are_old() -> None:
    assert plain((pulls.aged(replace(soaking(), reviews=Seen(KNOWN, NOW - 60))),)) == ""
    assert plain((pulls.aged(replace(soaking(), reviews=Seen(KNOWN, NOW - 720))),)).strip() == "reviews 12 min old"
    assert pulls.aged(soaking()) == ()
