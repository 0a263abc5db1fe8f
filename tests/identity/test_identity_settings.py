"""What an operator may set."""

from typing import Any

import pytest

from cinema.identity.settings import IdentitySettings
from cinema.kit.settings import BadSetting, load


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"issuer": "cinema"}, "CINEMA_IDENTITY_ISSUER: is an address that begins with http:// or https://."),
        (
            {"session_idle_s": 7200, "session_absolute_s": 3600},
            "CINEMA_IDENTITY: a session cannot be idle (SESSION_IDLE_S) longer than it lasts (SESSION_ABSOLUTE_S).",
        ),
    ],
)
def test_a_bad_value_is_a_plain_sentence(values: dict[str, Any], sentence: str) -> None:
    with pytest.raises(BadSetting) as refused:
        load(IdentitySettings, env_file=None, values=values)

    assert refused.value.sentences == (sentence,)


def test_a_short_secret_is_refused_and_not_shown() -> None:
    with pytest.raises(BadSetting) as refused:
        load(IdentitySettings, env_file=None, values={"key_secret": "too short"})

    assert len(refused.value.sentences) == 1
    assert "too short" not in str(refused.value)


def test_a_secret_does_not_show() -> None:
    settings = load(IdentitySettings, env_file=None, values={"key_secret": "canary" * 6})

    assert settings.key_secret is not None
    assert "canary" not in repr(settings)


def test_hashes_are_as_hard_as_owasp_advises() -> None:
    settings = load(IdentitySettings, env_file=None)

    assert (settings.hash_memory_kib, settings.hash_passes, settings.hash_lanes) == (19456, 2, 1)


def test_the_issuer_has_no_slash_at_its_end() -> None:
    settings = load(IdentitySettings, env_file=None, values={"issuer": "https://cinema.example/"})

    assert settings.issuer == "https://cinema.example"
