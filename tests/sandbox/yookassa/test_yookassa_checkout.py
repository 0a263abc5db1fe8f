import re
from collections.abc import Callable
from datetime import timedelta

import httpx2
import pytest

from cinema.sandbox.yookassa.cards import TEST_CARDS, PublishedCard
from sandbox.yookassa.driver import GOOD_CARD, SECURE_CARD, Driver, card_fields, path_of

RETURN_URL = "https://cinema.example/return?order=1"


@pytest.mark.parametrize("card", TEST_CARDS.values(), ids=[f"{card.number}" for card in TEST_CARDS.values()])
async def test_every_test_card_ends_as_published(shop: Driver, card: PublishedCard) -> None:
    payment = await shop.create()

    ended = await shop.pay(payment, card.number)

    if card.reason is None:
        assert ended["status"] == "succeeded"
        assert ended["authorization_details"]["three_d_secure"] == {"applied": card.three_d_secure}
    else:
        assert ended["status"] == "canceled"
        assert ended["cancellation_details"] == {"party": card.party, "reason": card.reason}
    assert ended["payment_method"]["card"]["card_type"] == card.brand
    assert ended["payment_method"]["card"]["last4"] == card.number[-4:]


async def test_a_number_that_is_no_test_card_is_declined(shop: Driver) -> None:
    ended = await shop.pay(await shop.create(), "5105105105105100")

    assert ended["cancellation_details"] == {"party": "payment_network", "reason": "invalid_card_number"}
    assert ended["payment_method"]["card"]["card_type"] == "MasterCard"


async def test_the_page_shows_what_is_paid_and_works_without_scripts(shop: Driver) -> None:
    payment = await shop.create("1234.50", description='Films & "more" <b>')

    response = await shop.browser.get(path_of(payment), headers={"Accept-Language": "en"})

    page = response.text
    assert response.status_code == 200
    assert "RUB\N{NO-BREAK SPACE}1,234.50" in page
    assert "Films &amp; &#34;more&#34; &lt;b&gt;" in page
    assert "Cinema" in page
    assert re.findall(r'<input [^>]*name="(\w+)"', page) == [
        "card_number",
        "expiry_month",
        "expiry_year",
        "cvc",
        "save_payment_method",
    ]
    assert f'href="{RETURN_URL}"' in page
    assert "<script" not in page
    assert page.count('<td class="number">') == len(TEST_CARDS) == 50
    assert "script-src" not in response.headers["content-security-policy"]
    assert "default-src 'none'" in response.headers["content-security-policy"]


async def test_the_style_is_served_and_knows_light_and_dark(shop: Driver) -> None:
    response = await shop.browser.get("/checkout/style.css")

    assert (response.status_code, response.headers["content-type"]) == (200, "text/css; charset=utf-8")
    assert "color-scheme: light dark" in response.text
    assert "light-dark(" in response.text


@pytest.mark.parametrize(("accept", "title"), [("en", "Test cards"), ("ru", "Тестовые карты")])
async def test_the_test_cards_have_a_page_of_their_own(shop: Driver, accept: str, title: str) -> None:
    page = (await shop.browser.get("/checkout/test-cards", headers={"Accept-Language": accept})).text

    assert f"<h1>{title}</h1>" in page
    assert page.count('<td class="number">') == len(TEST_CARDS)
    assert 'href="/checkout/payment-methods"' in page


@pytest.mark.parametrize(
    ("locale", "accept", "title"),
    [
        ("en_US", "ru", "Payment"),
        ("ru_RU", "en", "Оплата"),
        (None, "de, en-GB;q=0.8, ru;q=0.5", "Payment"),
        (None, "ru-RU,en", "Оплата"),
        (None, "de", "Оплата"),
    ],
)
async def test_the_page_speaks_the_payers_language(shop: Driver, locale: str | None, accept: str, title: str) -> None:
    confirmation = {"type": "redirect", "return_url": RETURN_URL, **({"locale": locale} if locale else {})}
    payment = await shop.create(confirmation=confirmation)

    page = (await shop.browser.get(path_of(payment), headers={"Accept-Language": accept})).text

    assert f"<h1>{title}</h1>" in page


async def test_the_payer_returns_to_the_shop_after_success_and_failure(shop: Driver) -> None:
    for card in (GOOD_CARD, "5555555555554600"):
        response = await shop.browser.post(path_of(await shop.create()), data=card_fields(card))

        assert (response.status_code, response.headers["location"]) == (303, RETURN_URL)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"card_number": ""}, "Check the card number."),
        ({"card_number": "4111 1111 1111 1112"}, "Check the card number."),
        ({"card_number": "4111"}, "Check the card number."),
        ({"card_number": "٤١١١١١١١١١١١١١١١"}, "Check the card number."),
        ({"expiry_month": "13"}, "A month from 01 to 12."),
        ({"expiry_month": "0"}, "A month from 01 to 12."),
        ({"expiry_year": "next"}, "Check the year."),
        ({"expiry_year": "2025"}, "Check the year."),
        ({"expiry_year": "2047"}, "Check the year."),
        ({"expiry_month": "02", "expiry_year": "26"}, "The card has expired."),
        ({"cvc": "12"}, "Three or four digits."),
        ({"cvc": "abc"}, "Three or four digits."),
    ],
)
async def test_a_wrong_field_brings_the_form_back(shop: Driver, change: dict[str, str], message: str) -> None:
    payment = await shop.create()

    response = await shop.browser.post(
        path_of(payment),
        data={**card_fields(GOOD_CARD), **change},
        headers={"Accept-Language": "en"},
    )

    assert response.status_code == 422
    assert re.findall(r'<p class="problem" id="\w+">([^<]*)</p>', response.text) == [message]
    assert re.findall(r'name="cvc" value="([^"]*)"', response.text) == [""]
    assert await shop.payment(payment["id"]) == payment


async def test_an_empty_form_marks_every_field(shop: Driver) -> None:
    response = await shop.browser.post(path_of(await shop.create()), data={})

    assert response.status_code == 422
    assert response.text.count('aria-invalid="true"') == 4


async def test_a_card_is_good_through_its_last_month(shop: Driver) -> None:
    ended = await shop.pay(await shop.create(), expiry_month="3", expiry_year="26", card_number="4111 1111-1111 1111")

    assert ended["status"] == "succeeded"


async def test_a_card_with_3d_secure_asks_for_a_code(shop: Driver) -> None:
    payment = await shop.create()

    step = await shop.browser.post(path_of(payment), data=card_fields(SECURE_CARD))
    page = await shop.browser.get(step.headers["location"])
    meanwhile = await shop.payment(payment["id"])
    empty = await shop.browser.post(step.headers["location"], data={"code": " "})
    confirmed = await shop.browser.post(step.headers["location"], data={"code": "1"})

    assert step.headers["location"] == f"{path_of(payment)}/3ds"
    assert re.findall(r'<input [^>]*name="(\w+)"', page.text) == ["code"]
    assert "*4477" in page.text
    assert (meanwhile["status"], meanwhile["payment_method"]["status"]) == ("pending", "pending")
    assert empty.status_code == 422
    assert (confirmed.status_code, confirmed.headers["location"]) == (303, RETURN_URL)
    assert (await shop.payment(payment["id"]))["status"] == "succeeded"


async def test_a_refused_code_fails_the_payment(shop: Driver) -> None:
    payment = await shop.create()
    step = await shop.browser.post(path_of(payment), data=card_fields(SECURE_CARD))

    response = await shop.browser.post(step.headers["location"], data={"refuse": "1", "code": ""})

    ended = await shop.payment(payment["id"])
    assert (response.status_code, response.headers["location"]) == (303, RETURN_URL)
    assert ended["cancellation_details"] == {"party": "payment_network", "reason": "3d_secure_failed"}


async def test_the_merchant_can_enforce_a_code(shop: Driver) -> None:
    confirmation = {"type": "redirect", "return_url": RETURN_URL, "enforce": True}
    payment = await shop.create(confirmation=confirmation)

    step = await shop.browser.post(path_of(payment), data=card_fields(GOOD_CARD))
    await shop.browser.post(step.headers["location"], data={"code": "1"})

    assert step.headers["location"].endswith("/3ds")
    paid = await shop.payment(payment["id"])
    assert paid["authorization_details"]["three_d_secure"] == {"applied": True}


async def test_the_code_step_without_a_card_leads_back_to_the_form(shop: Driver) -> None:
    payment = await shop.create()

    responses = [
        await shop.browser.get(f"{path_of(payment)}/3ds"),
        await shop.browser.post(f"{path_of(payment)}/3ds", data={"code": "1"}),
    ]

    assert [(each.status_code, each.headers["location"]) for each in responses] == [(303, path_of(payment))] * 2
    assert await shop.payment(payment["id"]) == payment


async def test_a_wallet_pays_with_one_button(shop: Driver) -> None:
    payment = await shop.create(save_payment_method=True)

    response = await shop.browser.post(path_of(payment), data={"method": "yoo_money", "card_number": ""})

    paid = await shop.payment(payment["id"])
    charged = (await shop.charge(payment["id"])).json()
    assert (response.status_code, response.headers["location"]) == (303, RETURN_URL)
    assert (paid["status"], paid["payment_method"]["type"]) == ("succeeded", "yoo_money")
    assert re.fullmatch(r"[0-9]{11,33}", paid["payment_method"]["account_number"])
    assert (charged["status"], charged["payment_method"]["type"]) == ("succeeded", "yoo_money")


@pytest.mark.parametrize(("chosen", "inputs", "wallet"), [("bank_card", 5, False), ("yoo_money", 1, True)])
async def test_a_chosen_method_is_the_only_one_offered(shop: Driver, chosen: str, inputs: int, wallet: bool) -> None:  # noqa: FBT001 - a case of a table
    payment = await shop.create(payment_method_data={"type": chosen})
    other = {"method": "yoo_money"} if chosen == "bank_card" else card_fields(GOOD_CARD)

    page = (await shop.browser.get(path_of(payment))).text
    refused = await shop.browser.post(path_of(payment), data=other)

    assert page.count("<input ") == inputs
    assert ('value="yoo_money"' in page) is wallet
    assert refused.status_code == 422
    assert await shop.payment(payment["id"]) == payment


@pytest.mark.parametrize(
    ("saving", "ticked", "is_saved"),
    [(None, True, True), (None, False, False), (True, False, True), (False, True, False)],
)
async def test_a_method_is_saved_by_the_merchants_or_the_payers_wish(
    shop: Driver,
    saving: bool | None,  # noqa: FBT001 - a case of a table
    ticked: bool,  # noqa: FBT001 - a case of a table
    is_saved: bool,  # noqa: FBT001 - a case of a table
) -> None:
    payment = await shop.create(save_payment_method=saving)
    page = (await shop.browser.get(path_of(payment))).text

    paid = await shop.pay(payment, **({"save_payment_method": "on"} if ticked else {}))

    assert ('type="checkbox"' in page) is (saving is None)
    assert paid["payment_method"]["saved"] is is_saved


async def test_a_shop_without_autopayments_does_not_ask_for_consent(open_shop: Callable[..., Driver]) -> None:
    shop = open_shop(autopayments_enabled=False)
    payment = await shop.create()

    paid = await shop.pay(payment, save_payment_method="on")

    assert paid["payment_method"]["saved"] is False


@pytest.mark.parametrize(
    ("card", "capture", "words"),
    [
        (GOOD_CARD, True, "The payment went through."),
        (GOOD_CARD, False, "The money is on hold: the shop will confirm the charge."),
        ("5555555555554600", True, "The payment was canceled."),
    ],
)
async def test_a_finished_payments_page_says_so(shop: Driver, card: str, capture: bool, words: str) -> None:  # noqa: FBT001 - a case of a table
    payment = await shop.create(capture=capture)
    ended = await shop.pay(payment, card)

    page = await shop.browser.get(path_of(payment), headers={"Accept-Language": "en"})
    again = await shop.browser.post(path_of(payment), data=card_fields(GOOD_CARD))
    code = await shop.browser.post(f"{path_of(payment)}/3ds", data={"code": "1"})

    assert words in page.text
    assert f'href="{RETURN_URL}"' in page.text
    assert "<form" not in page.text
    assert [(each.status_code, each.headers["location"]) for each in (again, code)] == [(303, RETURN_URL)] * 2
    assert await shop.payment(payment["id"]) == ended


async def test_a_page_that_waited_too_long_cannot_pay(shop: Driver) -> None:
    payment = await shop.create()
    step = await shop.browser.post(path_of(payment), data=card_fields(SECURE_CARD))
    shop.clock.advance(timedelta(hours=1))

    response = await shop.browser.post(step.headers["location"], data={"code": "1"})

    assert (response.status_code, response.headers["location"]) == (303, RETURN_URL)
    assert (await shop.payment(payment["id"]))["cancellation_details"]["reason"] == "expired_on_confirmation"


@pytest.mark.parametrize("path", ["/checkout/payments/unknown", "/checkout/bindings/unknown", "/checkout/else/unknown"])
async def test_a_page_that_does_not_exist_says_so(shop: Driver, path: str) -> None:
    responses = [
        await shop.browser.get(path),
        await shop.browser.post(path),
        await shop.browser.get(f"{path}/3ds"),
        await shop.browser.post(f"{path}/3ds"),
    ]

    assert [response.status_code for response in responses] == [404, 404, 404, 404]
    assert "Такого платежа нет" in responses[0].text


async def test_an_autopayment_has_no_page(shop: Driver) -> None:
    first = await shop.paid(save_payment_method=True)
    charged = (await shop.charge(first["id"])).json()

    response = await shop.browser.get(f"/checkout/payments/{charged['id']}")

    assert response.status_code == 404


async def test_the_widgets_payment_opens_the_same_page_and_stays_there(shop: Driver) -> None:
    payment = await shop.create(confirmation={"type": "embedded", "locale": "en_US"})
    path = f"/checkout/payments/{payment['confirmation']['confirmation_token'].removeprefix('ct-')}"

    response = await shop.browser.post(path, data=card_fields(GOOD_CARD))

    assert (response.status_code, response.headers["location"]) == (303, path)
    assert "The payment went through." in (await shop.browser.get(path)).text


async def test_a_binding_has_a_page_without_a_sum(shop: Driver) -> None:
    body = {"type": "bank_card", "confirmation": {"type": "redirect", "return_url": RETURN_URL, "locale": "en_US"}}
    bound = (await shop.post("/payment_methods", body)).json()
    path = httpx2.URL(bound["confirmation"]["confirmation_url"]).path

    before = (await shop.browser.get(path)).text
    step = await shop.browser.post(path, data=card_fields(SECURE_CARD))
    await shop.browser.post(step.headers["location"], data={"code": "1"})
    after = (await shop.browser.get(path)).text

    assert "No charge" in before
    assert "yoo_money" not in before
    assert "The card is linked." in after


async def test_the_buyer_revokes_a_saved_method(shop: Driver) -> None:
    first = await shop.paid(save_payment_method=True)
    before = (await shop.browser.get("/checkout/payment-methods", headers={"Accept-Language": "en"})).text
    path = re.findall(r'action="([^"]+)"', before)

    response = await shop.browser.post(path[0])

    after = (await shop.browser.get(response.headers["location"], headers={"Accept-Language": "en"})).text
    charged = (await shop.charge(first["id"])).json()
    assert path == [f"/checkout/payment-methods/{first['id']}/revocation"]
    assert "Bank card *1111" in before
    assert "Charges are forbidden" in after
    assert "<form" not in after
    assert charged["cancellation_details"]["reason"] == "permission_revoked"


async def test_no_card_number_or_code_is_kept(
    open_shop: Callable[..., Driver], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("shop") / "state.sqlite"
    shop = open_shop(state_path=path)
    await shop.pay(await shop.create(save_payment_method=True), SECURE_CARD, cvc="9871")
    await shop.browser.post(path_of(await shop.create()), data={**card_fields(SECURE_CARD), "cvc": "9871"})

    kept = b"".join(file.read_bytes() for file in path.parent.iterdir())

    assert b"4477" in kept
    assert SECURE_CARD.encode() not in kept
    assert b'"9871"' not in kept
