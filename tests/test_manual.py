"""The man page matches the command line."""

from tests.manual import PAGE, manual


def test_the_man_page_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == manual(), "run `make manual`"
