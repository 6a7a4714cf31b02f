"""Consul's address from the config and from Consul's environment variables."""

from pathlib import Path

import pytest

from cockpit.adapters.consul.address import ConsulAddress, consul_address
from cockpit.ports import Failed


def test_the_default_is_the_agent_on_this_machine() -> None:
    assert consul_address({}) == ConsulAddress("127.0.0.1", 8500)


@pytest.mark.parametrize(
    ("address", "url"),
    [
        ("consul.example:8500", "http://consul.example:8500"),
        ("https://consul.example:8501", "https://consul.example:8501"),
        ("https://consul.example", "https://consul.example:443"),
        ("consul.example", "http://consul.example:8500"),
        ("[::1]:8500", "http://[::1]:8500"),
    ],
)
def test_an_address_is_read_as_consul_reads_it(address: str, url: str) -> None:
    assert consul_address({"CONSUL_HTTP_ADDR": address}).url == url
    assert consul_address({"CONSUL_HTTP_ADDR": "other:1"}, address=address).url == url, "the config goes first"


def test_consuls_own_variables_are_read(tmp_path: Path) -> None:
    for name in ("ca", "cert", "key"):
        (tmp_path / name).write_text(name)
    made = consul_address(
        {
            "CONSUL_HTTP_ADDR": "far:8501",
            "CONSUL_HTTP_SSL": "true",
            "CONSUL_HTTP_TOKEN": "t0ken",
            "CONSUL_CACERT": str(tmp_path / "ca"),
            "CONSUL_CLIENT_CERT": str(tmp_path / "cert"),
            "CONSUL_CLIENT_KEY": str(tmp_path / "key"),
        }
    )
    assert made.url == "https://far:8501"
    assert made.token == "t0ken"
    assert made.verify == str(tmp_path / "ca")
    assert made.cert == (str(tmp_path / "cert"), str(tmp_path / "key"))
    assert consul_address({"CONSUL_HTTP_SSL_VERIFY": "false"}).verify is False


def test_the_configured_token_file_comes_first_and_the_token_is_never_shown(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("s3cret\n")
    (tmp_path / "theirs").write_text("other\n")
    environ = {"CONSUL_HTTP_TOKEN": "env", "CONSUL_HTTP_TOKEN_FILE": str(tmp_path / "theirs")}
    made = consul_address(environ, token_file=str(tmp_path / "mine"))
    assert made.token == "s3cret"
    assert "s3cret" not in repr(made)
    assert consul_address(environ).token == "env"
    assert consul_address({"CONSUL_HTTP_TOKEN_FILE": str(tmp_path / "theirs")}).token == "other"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"address": "unix:///var/run/consul.sock"}, "cannot connect by unix"),
        ({"address": "host:port"}, "invalid address"),
        ({"address": "https://me:pw@host:1"}, "more than a host and a port"),
        ({"token_file": "nowhere"}, "cannot read nowhere: No such file"),
        ({"cert": "c.pem"}, "a certificate needs its key"),
        ({"token_file": "TWO_LINES"}, "more than one line"),
    ],
)
def test_an_invalid_setting_is_refused_with_a_remedy(
    settings: dict[str, str], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "TWO_LINES").write_text("one\ntwo\n")
    with pytest.raises(Failed, match=message) as refused:
        consul_address({}, **settings)
    assert refused.value.remedy
    assert "pw" not in str(refused.value)
