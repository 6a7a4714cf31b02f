"""The configured forge is opened with its token."""

from contextlib import suppress
from pathlib import Path

import pytest

from cockpit.adapters.forges.factory import open_forge
from cockpit.adapters.forges.gitea import Gitea
from cockpit.adapters.forges.github import GitHub
from cockpit.adapters.forges.gitlab import GitLab
from cockpit.ports import Failed
from tests.adapters.forges.server import TOKEN_VARIABLE, Clock, open_test_forge


@pytest.mark.parametrize(("kind", "adapter"), [("github", GitHub), ("gitlab", GitLab), ("gitea", Gitea)])
def test_each_kind_has_its_adapter(kind: str, adapter: type) -> None:
    assert type(open_forge(kind, "http://forge", "town/hall", "NONE", None, Clock())) is adapter


def test_the_token_may_be_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "token"
    with pytest.raises(Failed, match="cannot read its token file"):
        open_forge("gitlab", "http://forge", "town/hall", "NONE", file, Clock())
    file.write_text("s3cret\n")
    assert open_forge("gitlab", "http://forge", "town/hall", "NONE", file, Clock())


@pytest.mark.parametrize(("kind", "header"), [("gitea", "token s3cret"), ("gitlab", "Bearer s3cret")])
async def test_each_forge_gets_the_token_in_its_scheme(kind: str, header: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(TOKEN_VARIABLE, "s3cret")
    async with open_test_forge(kind, {}) as (forge, server):
        with suppress(Failed):
            await forge.reviews([12])
    assert server.headers[0]["authorization"] == header
