"""Settings: read from variables, refused in sentences that never repeat a secret."""

from pathlib import Path
from typing import ClassVar

import pytest
from pydantic import Field, SecretStr, ValidationError, field_validator

from cinema.kit.settings import BadSetting, Currency, Settings, load, unknown_names


class DoorSettings(Settings):
    """The door."""

    section: ClassVar[str] = "DOOR"

    width: int = Field(90, ge=60, le=200)
    colour: str = "red"
    key: SecretStr = SecretStr("open sesame")

    @field_validator("colour")
    @classmethod
    def _is_a_colour(cls, colour: str) -> str:
        if colour == "loud":
            raise ValueError("is no colour")
        return colour


class RootSettings(Settings):
    """The house."""

    port: int = 8000


def env(folder: Path, *lines: str) -> str:
    path = folder / ".env"
    path.write_text("\n".join(lines))
    return str(path)


def test_a_setting_is_read_from_its_variable(tmp_path: Path) -> None:
    file = env(tmp_path, "CINEMA_DOOR_WIDTH=120", "CINEMA_PORT=81", "SOMETHING_ELSE=1")

    assert load(DoorSettings, env_file=file).width == 120
    assert load(RootSettings, env_file=file).port == 81
    assert (DoorSettings.variable("width"), RootSettings.variable("port")) == ("CINEMA_DOOR_WIDTH", "CINEMA_PORT")


def test_a_value_that_is_passed_goes_first(tmp_path: Path) -> None:
    file = env(tmp_path, "CINEMA_DOOR_WIDTH=120")

    assert load(DoorSettings, env_file=file, values={"width": 70}).width == 70


def test_every_bad_value_gets_a_sentence_with_its_variable(tmp_path: Path) -> None:
    file = env(tmp_path, "CINEMA_DOOR_WIDTH=7", "CINEMA_DOOR_COLOUR=loud")

    with pytest.raises(BadSetting) as caught:
        load(DoorSettings, env_file=file)

    assert caught.value.sentences == (
        "CINEMA_DOOR_WIDTH: Input should be greater than or equal to 60.",
        "CINEMA_DOOR_COLOUR: is no colour.",
    )


def test_a_bad_secret_is_not_repeated(tmp_path: Path) -> None:
    class Safe(Settings):
        section: ClassVar[str] = "SAFE"
        key: SecretStr = Field(min_length=32)

    with pytest.raises(BadSetting) as caught:
        load(Safe, env_file=env(tmp_path, "CINEMA_SAFE_KEY=hunter2"))

    assert len(caught.value.sentences) == 1
    assert caught.value.sentences[0].startswith("CINEMA_SAFE_KEY: ")
    assert "hunter2" not in str(caught.value)


def test_settings_do_not_change_and_do_not_show_secrets(tmp_path: Path) -> None:
    settings = load(DoorSettings, env_file=env(tmp_path))

    with pytest.raises(ValidationError, match="frozen"):
        settings.width = 100  # type: ignore[misc] # that it is frozen is what is tested

    assert settings.width == 90
    assert "sesame" not in repr(settings)


def test_a_misspelt_variable_is_told_the_nearest_setting() -> None:
    known = (DoorSettings, RootSettings)

    assert unknown_names(["CINEMA_DOOR_WIDHT", "CINEMA_DOOR_WIDTH", "CINEMA_ZZ", "PATH"], known) == [
        "CINEMA_DOOR_WIDHT is not a setting; did you mean CINEMA_DOOR_WIDTH?",
        "CINEMA_ZZ is not a setting.",
    ]


class _Priced(Settings):
    section: ClassVar[str] = "PRICED"
    currency: Currency = "RUB"


@pytest.mark.parametrize("code", ["ruble", "RUR", "eur", "XAU", ""])
def test_a_currency_that_is_none_is_a_sentence(code: str) -> None:
    with pytest.raises(BadSetting) as bad:
        load(_Priced, env_file=None, values={"currency": code})

    [sentence] = bad.value.sentences
    assert sentence.startswith("CINEMA_PRICED_CURRENCY: is the code of a currency (ISO 4217), such as RUB")
    assert load(_Priced, env_file=None, values={"currency": "KWD"}).currency == "KWD"
