"""What a password may be."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cinema.identity.domain.password import (
    LENGTH_MAX,
    LENGTH_MIN,
    PasswordCommon,
    PasswordLength,
    PasswordPersonal,
    PasswordUnreadable,
    canonical,
    check,
)
from cinema.identity.service.checks import common_passwords

COMMON = common_passwords()

characters = st.characters(exclude_categories=["Cs"])


def accepted(password: str) -> str:
    return check(password, login="viewer", email="someone@example.com", common=COMMON)


@given(st.text(characters, min_size=64, max_size=LENGTH_MAX))
def test_long_passwords_of_any_characters_are_taken_whole(password: str) -> None:
    taken = accepted(canonical(password)[:LENGTH_MAX])

    assert taken == canonical(canonical(password)[:LENGTH_MAX])


@given(st.text(characters, min_size=1, max_size=LENGTH_MIN - 1))
def test_short_passwords_are_refused_whatever_they_are_made_of(password: str) -> None:
    with pytest.raises(PasswordLength):
        accepted(canonical(password)[: LENGTH_MIN - 1])


@given(st.text(st.characters(categories=("Ll", "Lu", "Nd", "Po")), min_size=64, max_size=127), st.integers(0, 63))
def test_passwords_that_differ_in_one_character_stay_different(password: str, place: int) -> None:
    other = password[:place] + ("y" if password[place] == "x" else "x") + password[place + 1 :]

    assert canonical(password) != canonical(other)


@pytest.mark.parametrize(
    "password", ["  padded password  ", "no digits or capitals", "всёпоместам слова", "𝄞 𝄞 𝄞 𝄞 key of g"]
)
def test_nothing_is_trimmed_and_no_kind_of_character_is_demanded(password: str) -> None:
    assert accepted(password) == password


def test_two_ways_to_type_a_letter_are_one_password() -> None:
    assert accepted("caf\u00e9 au lait") == accepted("cafe\u0301 au lait")


def test_the_longest_password_is_taken_and_a_longer_one_refused() -> None:
    assert len(accepted("word " * 25 + "end")) == LENGTH_MAX
    with pytest.raises(PasswordLength):
        accepted("word " * 25 + "ends")


@pytest.mark.parametrize(
    "password",
    [
        "password",
        "PASSWORD",
        "Password1",
        "passw0rd",
        "P@ssw0rd!",
        "password2026",
        "qwertyuiop",
        "qwerty123456",
        "1q2w3e4r5t",
        "iloveyou!",
        "12345678",
        "87654321",
        "123456789012",
        "abcdefgh",
        "zyxwvuts",
        "asdfghjkl",
        "aaaaaaaa",
        "12121212",
        "abcabcabc",
        "lol1lol1lol1",
        "пароль123",
        "йцукенгш",
        "Наташа1990",
        "dragon1234",
        "letmein!!",
        "11223344",
        "football99",
    ],
)
def test_passwords_that_are_tried_first_are_refused(password: str) -> None:
    with pytest.raises(PasswordCommon):
        accepted(password)


@pytest.mark.parametrize("password", ["SomeOne@Example.com", "someone@example.com"])
def test_the_address_is_no_password(password: str) -> None:
    with pytest.raises(PasswordPersonal):
        accepted(password)


def test_the_login_is_no_password() -> None:
    with pytest.raises(PasswordPersonal):
        check("Long.Login", login="long.login", email="a@example.com", common=COMMON)


def test_half_a_character_is_no_password() -> None:
    with pytest.raises(PasswordUnreadable):
        accepted("long enough \ud800")


def test_every_listed_password_is_refused() -> None:
    listed = [word for word in COMMON if LENGTH_MIN <= len(word) <= LENGTH_MAX]
    refused = 0

    for word in listed:
        with pytest.raises(PasswordCommon):
            accepted(word)
        refused += 1

    assert refused == len(listed)
    assert len(COMMON) == 1136
