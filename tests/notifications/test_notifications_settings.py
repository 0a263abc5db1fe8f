"""Settings: what is taken, what is refused in a plain sentence, and that no secret shows."""

import pytest

from cinema.kit.settings import BadSetting, load
from cinema.notifications.settings import NotificationsSettings, Security, SmtpServer
from notifications.office import SETTINGS, make_settings


def server(url: str) -> SmtpServer:
    return make_settings(url=url).server


def test_addresses_of_mail_servers_are_taken_apart() -> None:
    plain = server("smtp://127.0.0.1:2525")
    whole = server("smtps://mail%40cinema:p%2Fw@mx.example.org")

    assert (plain.host, plain.port, plain.username, plain.security) == ("127.0.0.1", 2525, None, Security.WHERE_OFFERED)
    assert (whole.host, whole.port, whole.username) == ("mx.example.org", 465, "mail@cinema")
    assert (whole.password, whole.security) == ("p/w", Security.TLS)
    assert server("smtp+starttls://mx.example.org").port == 587
    assert server("smtp://[::1]:25").host == "::1"


def test_a_password_leaves_this_machine_over_tls_only() -> None:
    assert server("smtp://user:word@mx.example.org:25").security is Security.STARTTLS
    assert server("smtp://user:word@127.0.0.1:25").security is Security.WHERE_OFFERED
    assert server("smtp://user:word@localhost:25").security is Security.WHERE_OFFERED
    assert server("smtp://mx.example.org:25").security is Security.WHERE_OFFERED


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("url", "http://mx.example.org", "CINEMA_SMTP_URL: begins with smtp://, smtp+starttls:// or smtps://."),
        ("url", "smtp://", "CINEMA_SMTP_URL: names no host."),
        ("url", "smtp://mx:99999", "CINEMA_SMTP_URL: has a port that is no number from 1 to 65535."),
        ("url", "smtp://mx/path", "CINEMA_SMTP_URL: ends with the host and the port."),
        (
            "site_url",
            "cinema.example.org",
            "CINEMA_SMTP_SITE_URL: is an address that begins with http:// or https:// and has no path.",
        ),
    ],
)
def test_a_setting_that_cannot_be_used_is_named_in_a_sentence(field: str, value: str, sentence: str) -> None:
    with pytest.raises(BadSetting) as refused:
        load(NotificationsSettings, env_file=None, values=SETTINGS | {field: value})

    assert refused.value.sentences == (sentence,)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("from_address", "Cinema <mail@example.org>"),
        ("from_address", "mail@example.org\n"),
        ("from_name", "Cinema\nBcc: all@example.org"),
        ("from_name", ""),
        ("timeout_s", 0),
        ("concurrency", 101),
        ("retry_days", 0),
        ("days_kept", 59),
        ("days_kept", 3651),
    ],
)
def test_a_value_out_of_bounds_is_refused(field: str, value: object) -> None:
    with pytest.raises(BadSetting) as refused:
        load(NotificationsSettings, env_file=None, values=SETTINGS | {field: value})

    assert len(refused.value.sentences) == 1
    assert refused.value.sentences[0].startswith(f"CINEMA_SMTP_{field.upper()}: ")


def test_no_secret_shows() -> None:
    settings = make_settings(url="smtp://user:s3cret@mx.example.org")

    with pytest.raises(BadSetting) as refused:
        load(NotificationsSettings, env_file=None, values=SETTINGS | {"url": "smtp://user:s3cret@mx.example.org/x"})

    assert "s3cret" not in repr(settings) + repr(settings.server) + str(refused.value)
