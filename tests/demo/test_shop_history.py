"""The pull requests of history.toml."""

import pytest

from cockpit.demo.shop_history import ShopChange, Story, apply_change, initial_files, read_history


@pytest.mark.parametrize("story", list(Story))
def test_every_edit_of_a_story_applies_in_order(story: Story) -> None:
    for seed in range(1, 8):
        files = initial_files()
        for pull in read_history(story, seed).pulls:
            for change in pull.commit:
                files = apply_change(files, change)
        assert files != initial_files()


def test_only_the_clean_story_has_no_bad_pr() -> None:
    bad = {story: read_history(story, 1).bad for story in Story}
    assert {story: pull.breaks for story, pull in bad.items() if pull} == {
        Story.HOTFIX: "/checkout",
        Story.ROLLBACK: "",
    }
    assert bad[Story.CLEAN] is None


def test_an_edit_whose_text_does_not_occur_once_fails() -> None:
    with pytest.raises(AssertionError, match="contains 'b' 2 times"):
        apply_change({"a.txt": "bb"}, ShopChange((("a.txt", "b", "c"),)))
