"""All settings together: told at once, the operator's word first, nothing for trying out in production."""

from pathlib import Path

import pytest

from cinema.billing.settings import BillingSettings
from cinema.identity.settings import IdentitySettings
from cinema.kit.origins import Origins
from cinema.kit.settings import BadSetting
from cinema.main.processes import CARD_TO_TRY, ways_in
from cinema.main.settings import AllSettings, load_all
from cinema.main.stand_ins import Addresses
from cinema.notifications.settings import NotificationsSettings
from cinema.payments.providers.yookassa.settings import YookassaSettings
from cinema.sandbox.yookassa.cards import card_numbered

PRODUCTION = (
    "CINEMA_ENVIRONMENT=production",
    "CINEMA_DATABASE_URL=postgresql://cinema:secret@db.example.org/cinema",
    "CINEMA_PUBLIC_URL=https://cinema.example.org",
    "CINEMA_YOOKASSA_SHOP_ID=123456",
    "CINEMA_YOOKASSA_SECRET_KEY=live_0123456789",
    "CINEMA_SMTP_URL=smtps://mail.example.org",
    "CINEMA_SMTP_FROM_ADDRESS=hello@cinema.example.org",
)


pytestmark = pytest.mark.usefixtures("no_settings")


def loaded(folder: Path, *lines: str) -> AllSettings:
    file = folder / ".env"
    file.write_text("\n".join((f"CINEMA_DATA_FOLDER={folder / 'var'}", *lines)))
    return load_all(env_file=str(file))


def sentences(folder: Path, *lines: str) -> tuple[str, ...]:
    with pytest.raises(BadSetting) as caught:
        loaded(folder, *lines)
    return caught.value.sentences


def test_without_settings_stand_ins_are_used_with_a_key_that_is_kept(tmp_path: Path) -> None:
    first, second = loaded(tmp_path), loaded(tmp_path)

    assert not first.has_own_provider
    assert not first.has_own_mail
    assert first.of(YookassaSettings).base_url == "http://127.0.0.1:8001/v3"
    assert first.of(NotificationsSettings).url.get_secret_value() == "smtp://127.0.0.1:8025"
    assert first.of(YookassaSettings).secret_key.get_secret_value().startswith("test_")
    assert first.of(YookassaSettings).secret_key == second.of(YookassaSettings).secret_key
    assert (tmp_path / "var" / "sandbox" / "secret-key").stat().st_mode & 0o777 == 0o600


def test_everything_that_is_wrong_is_told_at_once_and_nothing_is_made(tmp_path: Path) -> None:
    said = sentences(
        tmp_path,
        "CINEMA_PROT=8000",
        "CINEMA_PORT=http",
        "CINEMA_ENVIRONMENT=prod",
        "CINEMA_PUBLIC_URL=cinema.example.org",
        "CINEMA_DATABASE_URL=mysql://cinema:hunter2@localhost/cinema",
        "CINEMA_BILLING_RETRY_DAYS=1,2",
        "CINEMA_PAYMENTS_PROVIDER=nobody",
        "CINEMA_SMTP_URL=mail.example.org",
    )

    assert said == (
        "CINEMA_PROT is not a setting; did you mean CINEMA_PORT?",
        "CINEMA_ENVIRONMENT: Input should be 'development' or 'production'.",
        "CINEMA_PORT: Input should be a valid integer, unable to parse string as an integer.",
        "CINEMA_PUBLIC_URL: is an address that begins with http:// or https:// and has no path.",
        "CINEMA_DATABASE_URL: begins with postgresql://.",
        "CINEMA_BILLING_RETRY_DAYS: is a list, such as [1, 2].",
        "CINEMA_SMTP_URL: begins with smtp://, smtp+starttls:// or smtps://.",
        "CINEMA_PAYMENTS_PROVIDER: is one of yookassa.",
    )
    assert not (tmp_path / "var").exists()


def followed(settings: AllSettings) -> tuple[str, bool, str | None]:
    """What follows from the address of the service, unless an operator says otherwise."""
    identity = settings.of(IdentitySettings)
    return identity.issuer, identity.cookie_secure, settings.of(NotificationsSettings).site_url


def test_what_an_operator_sets_goes_before_what_follows_from_other_settings(tmp_path: Path) -> None:
    follows = loaded(tmp_path, "CINEMA_PUBLIC_URL=https://cinema.example.org/")
    chosen = loaded(
        tmp_path,
        "CINEMA_PUBLIC_URL=https://cinema.example.org",
        "CINEMA_IDENTITY_ISSUER=https://id.example.org",
        "CINEMA_IDENTITY_COOKIE_SECURE=false",
        "CINEMA_SMTP_SITE_URL=https://www.example.org",
    )

    assert followed(follows) == (
        "https://cinema.example.org",
        True,
        "https://cinema.example.org",
    )
    assert followed(chosen) == (
        "https://id.example.org",
        False,
        "https://www.example.org",
    )


def test_what_the_sandbox_prints_are_settings_that_take_its_place(tmp_path: Path) -> None:
    addresses = Addresses(
        url="http://127.0.0.1:9001", smtp_url="smtp://127.0.0.1:9025", shop_id="7", secret_key="test_key"
    )

    settings = loaded(tmp_path, *(line for line in addresses.lines() if line.startswith("CINEMA_")))

    assert settings.has_own_provider
    assert settings.has_own_mail
    assert settings.of(YookassaSettings).base_url == "http://127.0.0.1:9001/v3"
    assert settings.of(YookassaSettings).secret_key.get_secret_value() == "test_key"
    assert settings.of(YookassaSettings).is_test
    assert not (tmp_path / "var").exists()


def test_ports_that_may_be_any_are_the_same_for_all_who_read_them(tmp_path: Path) -> None:
    settings = loaded(tmp_path, "CINEMA_SANDBOX_PORT=0", "CINEMA_SANDBOX_SMTP_PORT=0")

    assert 0 not in {settings.sandbox.port, settings.sandbox.smtp_port}
    assert settings.of(YookassaSettings).base_url == f"http://127.0.0.1:{settings.sandbox.port}/v3"
    assert settings.of(NotificationsSettings).server.port == settings.sandbox.smtp_port


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("0.0.0.0", "http://127.0.0.1:8000"),  # noqa: S104 - it is read, nobody listens
        ("::1", "http://[::1]:8000"),
        ("::", "http://[::1]:8000"),
    ],
)
def test_the_address_of_a_service_that_listens_everywhere_can_be_opened(tmp_path: Path, host: str, url: str) -> None:
    assert loaded(tmp_path, f"CINEMA_HOST={host}").process.url == url


def test_production_takes_settings_that_are_fit_for_it(tmp_path: Path) -> None:
    settings = loaded(tmp_path, *PRODUCTION)

    assert settings.process.is_production
    assert settings.has_own_provider
    assert settings.has_own_mail
    assert settings.of(IdentitySettings).cookie_secure
    assert not (tmp_path / "var").exists()


def test_production_without_settings_names_each_that_is_needed(tmp_path: Path) -> None:
    assert sentences(tmp_path, "CINEMA_ENVIRONMENT=production") == (
        "CINEMA_SMTP_URL: is needed.",
        "CINEMA_YOOKASSA_SHOP_ID: is needed.",
        "CINEMA_YOOKASSA_SECRET_KEY: is needed.",
        "In production CINEMA_DATABASE_URL is needed.",
        "In production CINEMA_PUBLIC_URL is needed and begins with https://.",
        "In production CINEMA_SMTP_FROM_ADDRESS is needed, an address of your own domain.",
    )


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("CINEMA_PUBLIC_URL=http://cinema.example.org", "CINEMA_PUBLIC_URL is needed and begins with https://."),
        (
            "CINEMA_YOOKASSA_BASE_URL=http://127.0.0.1:8001/v3",
            "CINEMA_YOOKASSA_BASE_URL begins with https://; stand-ins are refused.",
        ),
        (
            "CINEMA_YOOKASSA_SECRET_KEY=test_0123456789",
            "CINEMA_YOOKASSA_SHOP_ID and CINEMA_YOOKASSA_SECRET_KEY are those of a real shop.",
        ),
        (
            "CINEMA_YOOKASSA_IS_TEST=true",
            "CINEMA_YOOKASSA_SHOP_ID and CINEMA_YOOKASSA_SECRET_KEY are those of a real shop.",
        ),
        (
            "CINEMA_SMTP_FROM_ADDRESS=cinema@localhost",
            "CINEMA_SMTP_FROM_ADDRESS is needed, an address of your own domain.",
        ),
    ],
)
def test_production_refuses_what_is_good_for_trying_out(tmp_path: Path, line: str, sentence: str) -> None:
    assert sentences(tmp_path, *PRODUCTION, line) == (f"In production {sentence}",)


def test_a_data_folder_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("a file")

    assert sentences(tmp_path) == (f"CINEMA_DATA_FOLDER: {tmp_path / 'var'} cannot be used: Not a directory.",)


def test_a_file_of_settings_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"CINEMA_PORT=\xff")

    with pytest.raises(BadSetting, match=rf"^{tmp_path / '.env'} cannot be read: 'utf-8' codec"):
        load_all(env_file=str(tmp_path / ".env"))


def test_pages_of_other_origins_are_let_in_by_name(tmp_path: Path) -> None:
    usual = loaded(tmp_path).web
    chosen = loaded(
        tmp_path,
        "CINEMA_HTTP_ORIGINS=https://cinema.example, http://127.0.0.1:3000",
        "CINEMA_HTTP_ORIGINS_WITH_COOKIES=true",
        "CINEMA_HTTP_CONNECTIONS=50",
    ).web

    assert (usual.allowed, usual.connections) == (Origins(), 500)
    assert chosen.allowed == Origins(
        allowed=frozenset({"https://cinema.example", "http://127.0.0.1:3000"}), with_cookies=True
    )
    assert chosen.connections == 50


@pytest.mark.parametrize(
    "origin", ["cinema.example", "https://cinema.example/", "https://Cinema.example", "null", "https://*.a.b"]
)
def test_what_is_no_origin_is_refused(tmp_path: Path, origin: str) -> None:
    (said,) = sentences(tmp_path, f"CINEMA_HTTP_ORIGINS={origin}")

    assert said == (
        "CINEMA_HTTP_ORIGINS: each is an origin such as https://cinema.example, in small letters, without a path."
    )


def test_every_page_with_every_cookie_is_refused(tmp_path: Path) -> None:
    (said,) = sentences(tmp_path, "CINEMA_HTTP_ORIGINS=*", "CINEMA_HTTP_ORIGINS_WITH_COOKIES=1")

    assert said == ("CINEMA_HTTP: ORIGINS_WITH_COOKIES and ORIGINS=* together would let every page act for everybody.")
    assert loaded(tmp_path, "CINEMA_HTTP_ORIGINS=*").web.allowed == Origins(allowed=frozenset({"*"}))


def test_a_currency_that_the_provider_does_not_take_is_a_sentence_and_the_stand_in_takes_any(tmp_path: Path) -> None:
    takes = "AMD, AZN, BYN, EUR, INR, KZT, MDL, RUB, TRY, UAH, USD, UZS"

    assert sentences(tmp_path, *PRODUCTION, "CINEMA_BILLING_CURRENCY=JPY") == (
        f"CINEMA_BILLING_CURRENCY: JPY cannot be sold at yookassa, which takes {takes}.",
    )
    assert loaded(tmp_path, *PRODUCTION, "CINEMA_BILLING_CURRENCY=EUR").of(BillingSettings).currency == "EUR"
    assert loaded(tmp_path, "CINEMA_BILLING_CURRENCY=KWD").of(BillingSettings).currency == "KWD"


def test_a_start_tells_the_ways_in_and_in_production_none_for_trying_out(tmp_path: Path) -> None:
    own_mail = ("CINEMA_PORT=8100", "CINEMA_SANDBOX_PORT=8101", "CINEMA_SMTP_URL=smtp://127.0.0.1")

    said = [ways_in(loaded(tmp_path, *lines), program=".venv/bin/cinema") for lines in ((), own_mail, PRODUCTION)]

    assert said == [
        [
            "Mailbox: http://127.0.0.1:8001/mail/",
            "Test cards: http://127.0.0.1:8001/checkout/test-cards (5555 5555 5555 4444 pays)",
            "Administrator: sign up, then .venv/bin/cinema admin create --login YOUR_LOGIN",
            "Cinema: http://127.0.0.1:8000 (Ctrl-C stops it)",
        ],
        [
            "Test cards: http://127.0.0.1:8101/checkout/test-cards (5555 5555 5555 4444 pays)",
            "Administrator: sign up, then .venv/bin/cinema admin create --login YOUR_LOGIN",
            "Cinema: http://127.0.0.1:8100 (Ctrl-C stops it)",
        ],
        ["Cinema: https://cinema.example.org (Ctrl-C stops it)"],
    ]
    assert card_numbered(CARD_TO_TRY.replace(" ", "")).reason is None
