"""What can be set, and what cannot be right."""

import pytest

from cinema.kit.settings import BadSetting, load
from cinema.payments.providers.yookassa.settings import YookassaSettings
from cinema.payments.settings import PaymentsSettings

SHOP = {"shop_id": "100500", "secret_key": "a key"}


def test_lists_are_written_with_commas() -> None:
    settings = load(
        YookassaSettings,
        env_file=None,
        values={**SHOP, "networks": "127.0.0.0/8, ::1/128", "confirmation_hosts": "127.0.0.1, pay.example"},
    )

    assert [str(one) for one in settings.networks] == ["127.0.0.0/8", "::1/128"]
    assert settings.confirmation_hosts == ("127.0.0.1", "pay.example")


def test_the_secret_is_not_shown() -> None:
    settings = load(YookassaSettings, env_file=None, values=SHOP)

    assert "a key" not in repr(settings)


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ({"shop_id": "shop"}, "CINEMA_YOOKASSA_SHOP_ID"),
        ({"base_url": "ftp://x"}, "CINEMA_YOOKASSA_BASE_URL"),
        ({"base_url": "https://x/"}, "CINEMA_YOOKASSA_BASE_URL"),
        ({"networks": "everywhere"}, "CINEMA_YOOKASSA_NETWORKS"),
        ({"networks": "10.0.0.1/8"}, "CINEMA_YOOKASSA_NETWORKS"),
    ],
)
def test_a_bad_setting_is_named(value: dict[str, str], name: str) -> None:
    with pytest.raises(BadSetting) as caught:
        load(YookassaSettings, env_file=None, values={**SHOP, **value})

    assert len(caught.value.sentences) == 1
    assert caught.value.sentences[0].startswith(f"{name}: ")


@pytest.mark.parametrize("value", [{"concurrency": 0}, {"webhook_queue": 0}])
def test_a_bad_bound_is_refused(value: dict[str, object]) -> None:
    with pytest.raises(BadSetting):
        load(PaymentsSettings, env_file=None, values=value)
