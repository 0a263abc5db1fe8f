"""The address of the database: what libpq takes, the driver is given; what it would not, is refused in a sentence."""

import ssl
from typing import Any

import pytest
from asyncpg.connect_utils import _parse_connect_dsn_and_args  # type: ignore[attr-defined]  # private; the stubs are of another release

from cinema.kit.address import TIMEOUT_S, read_address

IN = "postgresql://anna:secret@db.example.org/shop"


def understood(text: str) -> tuple[Any, Any]:
    """Where the driver goes and with which parameters, by its own reading of what it is given."""
    given = read_address(text).arguments(application="cinema")
    unset = dict.fromkeys(
        [
            "host",
            "port",
            "user",
            "password",
            "passfile",
            "database",
            "ssl",
            "service",
            "servicefile",
            "direct_tls",
            "target_session_attrs",
            "krbsrvname",
            "gsslib",
        ]
    )
    places, parameters = _parse_connect_dsn_and_args(
        dsn=given["dsn"], server_settings=given["server_settings"], **unset
    )
    return places, parameters


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("postgresql://anna:x@db/shop", [("db", 5432)]),
        ("postgres://anna:x@db:6000/shop", [("db", 6000)]),
        ("postgresql+asyncpg://anna:x@db/shop", [("db", 5432)]),
        ("  postgresql://anna:x@db/shop\n", [("db", 5432)]),
        ("postgresql://anna:x@[::1]:6000/shop", [("::1", 6000)]),
        ("postgresql://anna:x@a:1,b:2/shop?target_session_attrs=read-write", [("a", 1), ("b", 2)]),
        ("postgresql://anna:x@%2Fvar%2Frun%2Fpg/shop", ["/var/run/pg/.s.PGSQL.5432"]),
        ("postgresql:///shop?host=/var/run/pg&user=anna&password=x&port=6000", ["/var/run/pg/.s.PGSQL.6000"]),
        ("postgresql://anna:x@db?dbname=shop", [("db", 5432)]),
    ],
)  # fmt: skip
def test_each_form_leads_where_it_says(text: str, places: list[Any]) -> None:
    found, parameters = understood(text)

    assert found == places
    assert (parameters.user, parameters.password, parameters.database) == ("anna", "x", "shop")
    assert parameters.server_settings == {"application_name": "cinema"}


def test_what_is_percent_encoded_is_decoded_once() -> None:
    _, parameters = understood("postgresql://an%40na:p%40ss%2F%25+word@db/my%20shop?options=-c%20search_path%3Da%2Cb")

    assert (parameters.user, parameters.password) == ("an@na", "p@ss/%+word")
    assert (parameters.database, parameters.server_settings["options"]) == ("my shop", "-c search_path=a,b")


@pytest.mark.parametrize(
    ("query", "name"),
    [("application_name=shop", "shop"), ("fallback_application_name=shop", "shop"), ("", "cinema")],
)
def test_the_name_that_the_operator_gives_is_what_postgresql_shows(query: str, name: str) -> None:
    assert understood(f"{IN}?{query}")[1].server_settings == {"application_name": name}


@pytest.mark.parametrize(("text", "seconds"), [("3", 3.0), ("0", TIMEOUT_S)])
def test_the_time_to_connect_in_is_the_drivers_time(text: str, seconds: float) -> None:
    assert read_address(f"{IN}?connect_timeout={text}").arguments(application="cinema")["timeout"] == seconds


@pytest.mark.parametrize(
    "query",
    ["channel_binding=prefer", "gssencmode=disable", "client_encoding=UTF8", "sslmode=disable&channel_binding=disable"],
)
def test_what_is_so_anyway_may_be_asked_for(query: str) -> None:
    assert understood(f"{IN}?{query}")[1].server_settings == {"application_name": "cinema"}


def test_the_modes_of_tls_are_libpqs() -> None:
    found = {mode: understood(f"{IN}?sslmode={mode}")[1].ssl for mode in ("disable", "prefer", "require")}
    full = understood(f"{IN}?sslrootcert=system")[1].ssl

    assert found["disable"] is False
    assert (found["prefer"].verify_mode, found["require"].verify_mode) == (ssl.CERT_NONE, ssl.CERT_NONE)
    assert (full.verify_mode, full.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert understood(f"{IN}?ssl=true")[1].sslmode == understood(f"{IN}?sslmode=require")[1].sslmode


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("mysql://anna:x@db/shop", "begins with postgresql://"),
        ("jdbc:postgresql://db/shop", "begins with postgresql://"),
        ("db.example.org/shop", "begins with postgresql://"),
        ("postgresql://anna:x@db", "has to name a database"),
        ("postgresql://anna:x@db/", "has to name a database"),
        ("postgresql://anna:a b@db/shop", "holds a blank"),
        ("postgresql://anna:a\tb@db/shop", "holds a blank or a control character"),
        ("postgresql://anna:a#b@db/shop", "holds a #, which is written %23"),
        ("postgresql://anna:a/b@db/shop", "has no host and port that can be read"),
        ("postgresql://anna:x@db:port/shop", "has no host and port that can be read"),
        ("postgresql://anna:x@db:70000/shop", "has no host and port that can be read"),
        ("postgresql://anna:x@::1/shop", "has no host and port that can be read"),
        (f"{IN}?sslmode=yes", "takes for sslmode one of disable, allow"),
        (f"{IN}?sslmode=require&sslmode=disable", "gives sslmode twice"),
        (f"{IN}?sslmode", "gives 'sslmode' no value"),
        (f"{IN}?target_session_attrs=master", "takes for target_session_attrs one of any, read-write"),
        (f"{IN}?channel_binding=require", "asks for channel_binding=require, which is not possible here"),
        (f"{IN}?pgbouncer=true", "has a parameter 'pgbouncer', which is not known"),
        (f"{IN}?statement_timeout=5", "has a parameter 'statement_timeout', which is not known; one of"),
        (f"{IN}?connect_timeout=soon", "takes for connect_timeout whole seconds"),
        (f"{IN}?sslmode=verify-ca&sslrootcert=/nowhere/ca.pem", "names a file for sslrootcert that is not there"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_refused_in_a_sentence_without_the_password(text: str, sentence: str) -> None:
    with pytest.raises(ValueError, match="^" + sentence.replace("(", r"\(").replace("?", r"\?")) as refusal:
        read_address(text)

    assert "secret" not in str(refusal.value)


def test_the_place_is_told_without_user_and_password() -> None:
    address = read_address("postgresql://anna:secret@a:1,[::1]:2/shop?password=secret")

    assert address.place == "a:1,[::1]:2/shop"
    assert "secret" not in repr(address)
    assert read_address("postgresql:///shop?host=/run/pg").place == "/run/pg/shop"
    assert read_address("postgresql:///shop").place == "a socket of this machine/shop"
