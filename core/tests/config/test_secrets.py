"""No secret is ever shown: not in the masked configuration, reprs or problems."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from config_components import host_with_components
from eventflow.config import ConfigError, bind, check_config, load
from eventflow.config.secrets import sounds_secret, without_credentials

if TYPE_CHECKING:
    from pathlib import Path

CANARY = "c4n4ry-Xq9"


def test_references_are_shown_as_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A value from the environment or a file shows as its reference, so a run can be repeated."""
    (tmp_path / "key.txt").write_text(CANARY + "\n", encoding="utf-8")
    monkeypatch.setenv("CANARY", CANARY)
    config = load(
        {
            "source": {
                "use": "sheet",
                "path": "${env:CANARY}/a.csv",
                "address": f"${{file:{tmp_path}/key.txt}}",
                "separator": "$${env:CANARY}",
            }
        }
    )
    assert config.source.options["path"] == f"{CANARY}/a.csv"
    assert config.source.options["address"] == CANARY
    assert config.source.options["separator"] == "${env:CANARY}"
    assert config.masked["source"]["path"] == "${env:CANARY}/a.csv"
    assert CANARY not in repr(config) + repr(config.masked)


def test_a_default_stands_in_for_what_is_not_set() -> None:
    """As in a shell, ``:-`` holds for unset and empty variables."""
    config = load({"source": {"use": "sheet", "path": "${env:NOT_SET_AT_ALL:-a.csv}"}})
    assert config.source.options["path"] == "a.csv"


def test_secret_options_are_masked_once_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    """`SecretStr` options and referenced values show neither in `masked` nor in reprs."""
    monkeypatch.setenv("CANARY", CANARY)
    source = {"use": "sheet", "path": "${env:CANARY}", "password": CANARY + "2"}
    bound = bind(load({"source": source}), host_with_components())
    assert bound.source.component.config.path == CANARY
    shown = repr(bound) + repr(bound.config.masked) + repr(bound.source.component)
    assert CANARY not in shown


def test_problems_hide_secrets_in_their_source_line(tmp_path: Path) -> None:
    """A password beside a mistake is starred out, at the same length, so that the caret fits."""
    path = tmp_path / "p.yaml"
    path.write_text(f"source: {{use: sheet, password: {CANARY}, pth: x}}\n", encoding="utf-8")
    report = check_config(path, make_host=host_with_components)
    told = "\n".join(line for problem in report.problems for line in problem.lines())
    assert "pth" in told
    assert CANARY not in told
    assert CANARY not in repr(report)


@pytest.mark.parametrize(
    "key", ["pass", "auth", "basicAuth", "bearer", "sas", "sas_token", "pin", "cookie", "passcode"]
)
def test_keys_that_sound_secret(key: str) -> None:
    """Also the short ones, alone or as a word of a longer key."""
    assert sounds_secret(key)


@pytest.mark.parametrize("key", ["compass", "author", "pinned", "pass_through_rate_", "spin", "x"])
def test_keys_that_only_look_like_them(key: str) -> None:
    """A part of a word is no word."""
    assert sounds_secret(key) == (key == "pass_through_rate_")


@pytest.mark.parametrize(
    "text",
    ["host=x;Pass=c4n4ry-Xq9;port=1", "pin=c4n4ry-Xq9", "https://h/?a=1&sas=c4n4ry-Xq9",
     "Authorization: Bearer c4n4ry-Xq9", "authorization: c4n4ry-Xq9", "bearer c4n4ry-Xq9",
     "Cookie: c4n4ry-Xq9; path=/", "postgres://user:c4n4ry-Xq9/b@host/db",
     "postgres://user:a/c4n4ry-Xq9@host:5432/db"],
)  # fmt: skip
def test_credentials_in_text(text: str) -> None:
    """Connection strings, headers, and passwords with a slash in an URL."""
    assert CANARY not in without_credentials(text)
    config = load({"source": {"use": "sheet", "path": text}})
    assert CANARY not in repr(config.masked)


@pytest.mark.parametrize(
    "text",
    ["pass = 1 and pin = 2", "https://host:8080/a?mail=b@c.de", "compass=north", "the bearer is x",
     "https://host/a@b"],
)  # fmt: skip
def test_text_without_credentials(text: str) -> None:
    """Expressions over columns of such names, a port, an address: none is hidden."""
    assert without_credentials(text) == text


words = st.sampled_from(["a", "path", "x1", "options"])
secret_keys = st.sampled_from(
    ["password", "db_password", "apiKey", "token", "client-secret", "Authorization", "credentials"]
)
hidden = (
    st.tuples(secret_keys, st.sampled_from([CANARY, [CANARY], {"inner": CANARY}]))
    | st.tuples(words, st.sampled_from(
        ["${env:CANARY}", "x${env:CANARY}y", f"postgres://user:{CANARY}@host/db",
         f"https://host/?a=1&token={CANARY}", f"host=x password={CANARY}"]
    ))
)  # fmt: skip
plain = st.tuples(words, st.integers() | st.sampled_from([f"it is {CANARY}", "b", None]))
branches = st.recursive(
    st.lists(hidden | plain, max_size=3).map(dict),
    lambda inner: st.lists(st.tuples(words, inner | st.lists(inner, max_size=2))).map(dict),
    max_leaves=6,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(branches)
def test_masked_never_contains_the_canary(
    monkeypatch: pytest.MonkeyPatch, options: dict[str, Any]
) -> None:
    """Wherever a secret enters, `masked` does not show it, even where it occurs a second time."""
    monkeypatch.setenv("CANARY", CANARY)
    data = {"source": {"use": "sheet", "way": "${env:CANARY}", **options}}
    assert CANARY not in repr(load(data).masked)


def test_an_error_of_a_mapping_hides_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Messages from validators do not quote what came from the environment."""
    monkeypatch.setenv("CANARY", CANARY)
    data = {"source": {"use": "sheet", "path": "a"}, "blueprint": {"use": "recipe"}}
    data["blueprint"]["half_life"] = "${env:CANARY}"
    with pytest.raises(ConfigError) as caught:
        bind(load(data), host_with_components())
    assert CANARY not in str(caught.value)
