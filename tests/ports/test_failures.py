from cockpit.ports.failures import Failed, MergeConflict, internal_error


def test_a_failure_names_the_system_the_reason_and_the_remedy() -> None:
    assert str(Failed("store", "does not answer", "start it")) == "store: does not answer; start it"
    assert str(Failed("store", "does not answer")) == "store: does not answer"


def test_a_merge_conflict_has_its_paths_and_a_remedy() -> None:
    conflict = MergeConflict("git", "#7 does not apply", ("poem.txt",))
    assert conflict.paths == ("poem.txt",)
    assert "fix it forward on main" in str(conflict)


def test_an_internal_error_is_a_bug_in_cockpit() -> None:
    assert internal_error(ValueError("x")) == "bug in cockpit: ValueError: x"
