"""The contract of all artifact stores, and a web server that serves a folder."""

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from moto.server import ThreadedMotoServer

from cockpit.adapters.artifacts.folder import FolderArtifacts
from cockpit.adapters.artifacts.object_store import ObjectArtifacts, SplitArtifacts
from cockpit.adapters.artifacts.pack_writer import scan
from cockpit.adapters.artifacts.publisher import publish
from cockpit.agent.pull import BuildFetch
from cockpit.agent.slots import Slots
from cockpit.agent.swap import flip
from cockpit.deploy.builds.build import full_name, manifest_name
from cockpit.ports import Artifacts, Failed

BUILD = "a1" * 32
PART = full_name(BUILD)


class Quiet(SimpleHTTPRequestHandler):
    """Serves a folder and says nothing about it."""

    def log_message(self, format: str, *args: object) -> None:
        return


@pytest.fixture
def web(tmp_path: Path) -> Iterator[str]:
    """A web server in front of `tmp_path/kept`."""
    (tmp_path / "kept").mkdir()
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path / "kept")))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    """The url of a server that speaks S3."""
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(s3: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """A new bucket there, as the cloud's own variables lead to it."""
    for name, value in {"ACCESS_KEY_ID": "key", "SECRET_ACCESS_KEY": "secret", "REGION": "us-east-1"}.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    monkeypatch.setenv("AWS_ENDPOINT_URL", s3)
    name = f"builds-{uuid4()}"
    assert httpx.put(f"{s3}/{name}", trust_env=False).status_code == 200
    return f"s3://{name}/shop"


@pytest.fixture(params=["folder", "objects in memory", "objects in files", "objects in S3", "behind a web server"])
def artifacts(request: pytest.FixtureRequest, tmp_path: Path) -> Artifacts:
    match request.param:
        case "folder":
            return FolderArtifacts(tmp_path / "kept")
        case "objects in memory":
            return ObjectArtifacts("memory:///")
        case "objects in files":
            (tmp_path / "objects").mkdir()
            return ObjectArtifacts(f"file://{tmp_path}/objects")
        case "objects in S3":
            return ObjectArtifacts(request.getfixturevalue("bucket"))
        case _:
            return SplitArtifacts(FolderArtifacts(tmp_path / "kept"), ObjectArtifacts(request.getfixturevalue("web")))


def content(tmp_path: Path, raw: bytes) -> Path:
    path = tmp_path / "content"
    path.write_bytes(raw)
    return path


def test_what_is_published_can_be_pulled(artifacts: Artifacts, tmp_path: Path) -> None:
    raw = bytes(range(256)) * 12_000
    artifacts.publish(PART, content(tmp_path, raw))
    assert artifacts.pull(PART, tmp_path / "pulled") == len(raw)
    assert (tmp_path / "pulled").read_bytes() == raw


def test_a_name_always_means_the_same_content(artifacts: Artifacts, tmp_path: Path) -> None:
    raw = bytes(range(256)) * 12_000
    for stored in (raw[:-1], raw[:-1] + b"x", raw + b"x", b"", raw):
        artifacts.publish(PART, content(tmp_path, stored))
        artifacts.publish(PART, content(tmp_path, raw))
        artifacts.pull(PART, tmp_path / "pulled")
        assert (tmp_path / "pulled").read_bytes() == raw


def test_an_equal_object_is_not_written_again(bucket: str, tmp_path: Path) -> None:
    artifacts, whole = ObjectArtifacts(bucket), content(tmp_path, b"whole")
    artifacts.publish(PART, whole)
    modes: list[Any] = []
    real = artifacts._store

    class Counting:
        """The bucket, which counts writes."""

        def __getattr__(self, name: str) -> Any:
            return getattr(real, name)

        def put(self, name: str, path: Path, mode: Any) -> None:
            modes.append(mode)
            real.put(name, path, mode=mode)

    artifacts._store = Counting()  # type: ignore[assignment]
    artifacts.publish(PART, whole)
    assert modes == ["create"]


def test_a_part_that_changes_while_it_is_compared_is_compared_again(bucket: str, tmp_path: Path) -> None:
    """Another publisher repairs the part between the read and the conditional write of this one."""
    artifacts, other = ObjectArtifacts(bucket), ObjectArtifacts(bucket)
    artifacts.publish(PART, content(tmp_path, b"damaged"))
    whole = content(tmp_path, b"whole")
    written: list[Any] = []

    class Racing:
        """The bucket, in which another publisher is always faster."""

        def __getattr__(self, name: str) -> Any:
            return getattr(other._store, name)

        def put(self, name: str, path: Path, mode: Any) -> None:
            if isinstance(mode, dict):
                other.publish(name, path)
            artifacts_put(name, path, mode=mode)
            written.append(mode)

    artifacts_put = artifacts._store.put
    artifacts._store = Racing()  # type: ignore[assignment]
    artifacts.publish(PART, whole)
    assert written == [], "the conditional write was made although the part had changed"
    other.pull(PART, tmp_path / "pulled")
    assert (tmp_path / "pulled").read_bytes() == b"whole"


def test_building_it_again_repairs_every_damaged_part(artifacts: Artifacts, tmp_path: Path) -> None:
    """A build whose pack was truncated in the store cannot be pulled until it is published again."""
    tree, host = tmp_path / "tree", tmp_path / "host"
    tree.mkdir()
    host.mkdir()
    (tree / "page").write_text("hello")
    manifest = scan(tree)
    for name in (full_name(manifest.id), manifest_name(manifest.id)):
        artifacts.publish(name, content(tmp_path, b"rubbish"))
    with pytest.raises(Failed):
        BuildFetch(artifacts, Slots(host), manifest.id, host).run(threading.Event())
    publish(artifacts, tree, manifest, (), tmp_path)
    fetched = BuildFetch(artifacts, Slots(host), manifest.id, host).run(threading.Event())
    Slots(host).prepare(fetched.manifest, fetched.pack)
    flip(host, manifest.id)
    assert (host / "current/page").read_text() == "hello"


def test_a_missing_part_is_reported_and_leaves_no_file(artifacts: Artifacts, tmp_path: Path) -> None:
    with pytest.raises(Failed, match="build it again"):
        artifacts.pull(PART, tmp_path / "pulled")
    assert not (tmp_path / "pulled").exists()


def test_parts_are_listed_and_can_be_removed_twice(artifacts: Artifacts, tmp_path: Path) -> None:
    for name in (PART, manifest_name(BUILD)):
        artifacts.publish(name, content(tmp_path, name.encode()))
    assert [(part.name, part.size) for part in artifacts.stored_parts()] == [
        (name, len(name)) for name in sorted((PART, manifest_name(BUILD)))
    ]
    artifacts.remove(PART)
    artifacts.remove(PART)
    assert [part.name for part in artifacts.stored_parts()] == [manifest_name(BUILD)]


def test_an_invalid_name_is_refused(artifacts: Artifacts, tmp_path: Path) -> None:
    for bad in ("../x", "", f"{BUILD}/../../x"):
        with pytest.raises(Failed, match="is not the name of a part of a build"):
            artifacts.pull(bad, tmp_path / "pulled")
        with pytest.raises(Failed, match="is not the name of a part of a build"):
            artifacts.publish(bad, content(tmp_path, b"x"))


def test_an_unreachable_server_is_reported_without_secrets(tmp_path: Path) -> None:
    away = ObjectArtifacts("http://ada:secret@127.0.0.1:9/builds")
    with pytest.raises(Failed, match=r"http://127.0.0.1:9/builds did not send") as caught:
        away.pull(PART, tmp_path / "pulled")
    assert "secret" not in str(caught.value)


def test_a_whole_build_goes_through_s3_and_the_next_one_as_a_delta(bucket: str, tmp_path: Path) -> None:
    artifacts, host = ObjectArtifacts(bucket), Slots(tmp_path / "host")
    (tmp_path / "host").mkdir()
    old: tuple[str, ...] = ()
    for says in ("one", "two"):
        tree = tmp_path / says
        (tree / "pages").mkdir(parents=True)
        (tree / "pages/home").write_text(says)
        (tree / "same").write_bytes(bytes(100_000))
        manifest = scan(tree)
        publish(artifacts, tree, manifest, old, tmp_path)
        fetched = BuildFetch(artifacts, host, manifest.id, tmp_path / "host").run(threading.Event())
        host.prepare(fetched.manifest, fetched.pack)
        flip(tmp_path / "host", manifest.id)
        assert (tmp_path / "host/current/pages/home").read_text() == says
        assert fetched.pack
        assert len(fetched.pack.files) == 2 - len(old)
        old = (manifest.id,)


def test_a_missing_bucket_is_reported_without_the_key(bucket: str, tmp_path: Path) -> None:
    with pytest.raises(Failed, match="s3://nowhere") as caught:
        ObjectArtifacts("s3://nowhere").publish(PART, content(tmp_path, b"x"))
    assert "secret" not in str(caught.value)


def test_an_unsupported_url_is_refused() -> None:
    with pytest.raises(Failed, match="gopher://x cannot be used"):
        ObjectArtifacts("gopher://x")
