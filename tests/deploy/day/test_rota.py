"""Who commands next."""

import pytest

from cockpit.deploy.day.rota import Rota


@pytest.mark.parametrize(
    ("person", "following"),
    [("ann@box", "bob@desk"), ("bob@desk", "cy"), ("cy@laptop", "ann"), ("dan@box", "ann"), ("", "ann")],
)
def test_the_next_on_the_rota_follows_in_its_order_and_at_its_end_the_first(person: str, following: str) -> None:
    assert Rota(("ann", "bob@desk", "cy")).after(person) == following


def test_where_nobody_else_is_on_it_nobody_follows() -> None:
    assert Rota().after("ann@box") == ""
    assert Rota(("ann",)).after("ann@box") == ""
