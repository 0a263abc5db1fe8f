"""A card is saved without a purchase (M4)."""

import json
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from cinema.contracts.payments import Wallet
from cinema.kit.clock import ManualClock
from cinema.kit.db import Database
from cinema.kit.idempotency import REPLAY_HEADER
from cinema.kit.intent import Intent
from cinema.payments.domain.binding import ASKED_FOR, LINK_LIFETIME, PAUSE_MAX, PER_DAY
from cinema.payments.domain.payment import LEASE
from cinema.payments.domain.port import Bound, Pending
from cinema.payments.providers.fake import FakeProvider, Fault
from cinema.payments.service.binding import Bindings
from cinema.payments.service.crash_points import no_crash
from payments.binding import BINDINGS, STANDING, begun, bind, method_ids, provider_method_id, shown
from payments.stage import RETURN_URL, STRANGER, VIEWER, Owners, Stage

MOMENT = timedelta(seconds=1)


async def test_a_card_is_saved_without_a_purchase(stage: Stage, fake: FakeProvider, clock: ManualClock) -> None:
    answer = await bind(stage)
    binding = answer.json()
    its_id = await provider_method_id(stage, binding["id"])
    fake.confirm_binding(its_id)
    await stage.pass_time(PAUSE_MAX)
    done = await shown(stage, binding["id"])

    assert answer.status_code == 201
    assert answer.headers["Location"] == f"{STANDING}/{binding['id']}"
    assert set(binding) == {"id", "status", "confirmation_url", "method_id", "reason", "created_at"}
    assert (binding["status"], binding["method_id"], binding["reason"]) == ("pending", None, None)
    assert binding["confirmation_url"] == f"https://pay.example/bindings/{its_id}"
    assert datetime.fromisoformat(binding["created_at"]) == clock.now() - PAUSE_MAX
    assert (done["status"], done["confirmation_url"], done["reason"]) == ("succeeded", None, None)
    assert await method_ids(stage) == [done["method_id"]]
    assert await stage.events() == [
        {"name": "MethodSaved", "method_id": done["method_id"], "user_id": str(VIEWER), "title": "Bank card *4444"}
    ]
    assert fake.charges == {}
    assert await stage.violations() == []


async def test_a_page_saves_a_card_too_and_a_repeat_tells_how_it_stands_by_then(
    stage: Stage, fake: FakeProvider
) -> None:
    wallet: Wallet = stage.built.facades.wallet
    intent = Intent(scope="a viewer, a form", key="a-key", input_hash=b"one")

    first = await wallet.bind(intent, user_id=VIEWER, return_url=RETURN_URL)
    fake.confirm_binding(await provider_method_id(stage, str(first.value.id)))
    await stage.pass_time(PAUSE_MAX)
    second = await wallet.bind(intent, user_id=VIEWER, return_url=RETURN_URL)

    assert (first.replayed, first.value.status, first.value.confirmation_url is None) == (False, "pending", False)
    assert (second.replayed, second.value.status) == (True, "succeeded")
    assert second.value == await wallet.binding(user_id=VIEWER, binding_id=first.value.id)
    assert await method_ids(stage) == [str(second.value.method_id)]


async def test_who_comes_back_is_led_to_the_binding_by_its_id(stage: Stage, fake: FakeProvider) -> None:
    binding = await begun(stage, return_url=RETURN_URL + "/{binding_id}?from={binding_id}")

    [[body]] = fake.sent.values()
    its_id = binding["id"]
    assert json.loads(body)["return_url"] == f"{RETURN_URL}/{its_id}?from={its_id}"


@pytest.mark.parametrize(("who", "language"), [("viewer", "ru"), ("stranger", "en")])
async def test_the_page_speaks_its_owners_language(stage: Stage, fake: FakeProvider, who: str, language: str) -> None:
    await begun(stage, who=who)

    [[body]] = fake.sent.values()
    assert json.loads(body)["language"] == language


async def test_what_is_bound_can_be_charged_and_leaves_the_default_alone(stage: Stage, fake: FakeProvider) -> None:
    default = await stage.save_method(fake)
    binding = await begun(stage)
    fake.confirm_binding(await provider_method_id(stage, binding["id"]))
    await stage.pass_time(PAUSE_MAX)
    method_id = (await shown(stage, binding["id"]))["method_id"]
    [bound] = await stage.rows("SELECT id, is_default, kept_by FROM payments.methods WHERE id = $1", method_id)
    request = stage.make_request(method_id=bound["id"])

    view = await stage.payments.request(request)

    assert (bound["is_default"], bound["kept_by"]) == (False, None)
    assert await stage.default_id(VIEWER) == default
    assert view.status == "succeeded"


async def test_the_first_method_that_is_bound_is_the_default(stage: Stage, fake: FakeProvider) -> None:
    binding = await begun(stage)
    fake.confirm_binding(await provider_method_id(stage, binding["id"]))
    await stage.pass_time(PAUSE_MAX)

    method_id = (await shown(stage, binding["id"]))["method_id"]

    assert str(await stage.default_id(VIEWER)) == method_id


async def test_a_refused_card_is_found_out_by_asking(stage: Stage, fake: FakeProvider) -> None:
    binding = await begun(stage)
    await stage.pass_time(timedelta(minutes=20))
    fake.confirm_binding(await provider_method_id(stage, binding["id"]), declines=True)

    await stage.pass_time(PAUSE_MAX)

    done = await shown(stage, binding["id"])
    assert (done["status"], done["reason"], done["method_id"]) == ("failed", "declined", None)
    assert await method_ids(stage) == []
    assert await stage.names() == []


async def test_a_page_that_is_left_is_over_after_its_hour(stage: Stage) -> None:
    binding = await begun(stage)

    await stage.pass_time(LINK_LIFETIME - MOMENT)
    just_before = await shown(stage, binding["id"])
    await stage.pass_time(MOMENT)
    after = await shown(stage, binding["id"])

    assert just_before == binding
    assert (after["status"], after["reason"], after["confirmation_url"]) == ("failed", "not_confirmed", None)
    assert await stage.violations() == []


async def test_a_page_that_is_over_is_over_for_a_provider_that_goes_on(stage: Stage, fake: FakeProvider) -> None:
    """The provider was late with it, so there its hour is not over; who confirms then has saved the card."""
    fake.fail("bind", Fault.NOT_SENT, times=3)
    binding = (await bind(stage)).json()
    await stage.pass_time(LINK_LIFETIME)
    over = await shown(stage, binding["id"])
    its_id = await provider_method_id(stage, binding["id"])

    fake.confirm_binding(its_id)
    await stage.notify(fake.notification("payment_method.active", its_id))
    await stage.drain()

    assert (over["status"], over["reason"]) == ("failed", "not_confirmed")
    assert (await shown(stage, binding["id"]))["status"] == "succeeded"
    assert await stage.names() == ["MethodSaved"]


async def test_the_same_key_is_the_same_binding(stage: Stage, fake: FakeProvider) -> None:
    first = await bind(stage)
    second = await bind(stage)
    other = await bind(stage, key="another-key")
    for_another_place = await bind(stage, return_url="http://cinema.test/elsewhere")

    assert (first.json(), first.headers["Location"]) == (second.json(), second.headers["Location"])
    assert (first.status_code, second.status_code, second.headers[REPLAY_HEADER]) == (201, 201, "true")
    assert other.json()["id"] != first.json()["id"]
    assert (for_another_place.status_code, for_another_place.json()["code"]) == (422, "idempotency-key-reused")
    assert fake.calls["bind"] == 2


@pytest.mark.parametrize("fault", [Fault.LOST_BEFORE, Fault.LOST_AFTER, Fault.ERROR_AFTER])
async def test_a_lost_answer_is_asked_for_under_the_same_key(stage: Stage, fake: FakeProvider, fault: Fault) -> None:
    fake.fail("bind", fault)

    lost = await bind(stage)
    await stage.pass_time(timedelta(seconds=10))
    found = (await bind(stage)).json()

    assert (lost.status_code, lost.json()["status"], lost.json()["confirmation_url"]) == (201, "created", None)
    assert (found["id"], found["status"]) == (lost.json()["id"], "pending")
    assert fake.created == {found["id"]: 1}
    sent = [fake.sent[key] for key in fake.sent]
    assert [len(set(bodies)) for bodies in sent] == [1]
    assert fake.calls["bind"] == 2


@pytest.mark.parametrize("fault", [Fault.NOT_SENT, Fault.TOO_BUSY, Fault.LOST_BEFORE])
async def test_a_provider_that_is_away_is_tried_for_an_hour(stage: Stage, fake: FakeProvider, fault: Fault) -> None:
    fake.fail("bind", fault, times=1_000)

    binding = (await bind(stage)).json()
    await stage.pass_time(LINK_LIFETIME - MOMENT)
    while_away = await shown(stage, binding["id"])
    await stage.pass_time(timedelta(minutes=10))

    assert (binding["status"], while_away["status"]) == ("created", "created")
    after = await shown(stage, binding["id"])
    assert (after["status"], after["reason"]) == ("failed", "provider_unavailable")
    assert fake.bindings == {}
    assert await stage.violations() == []


@pytest.mark.parametrize("fault", [Fault.NOT_SENT, Fault.LOST_BEFORE, Fault.NOT_ALLOWED, Fault.REJECTED])
async def test_a_provider_that_is_away_meanwhile_is_asked_again(stage: Stage, fake: FakeProvider, fault: Fault) -> None:
    binding = await begun(stage)
    fake.confirm_binding(await provider_method_id(stage, binding["id"]))
    fake.fail("read_binding", fault, times=3)

    await stage.pass_time(timedelta(minutes=5))

    assert (await shown(stage, binding["id"]))["status"] == "succeeded"


@pytest.mark.parametrize("fault", [Fault.NOT_SENT, Fault.NOT_ALLOWED, Fault.LOST_BEFORE])
async def test_what_nobody_tells_of_is_not_pending_for_ever(stage: Stage, fake: FakeProvider, fault: Fault) -> None:
    binding = await begun(stage)
    fake.fail("read_binding", fault, times=100_000)

    await stage.pass_time(LINK_LIFETIME + ASKED_FOR - timedelta(hours=1))
    before = await shown(stage, binding["id"])
    await stage.pass_time(timedelta(hours=2))
    after = await shown(stage, binding["id"])

    assert before["status"] == "pending"
    assert (after["status"], after["reason"]) == ("failed", "provider_unavailable")


async def test_what_the_provider_never_decides_is_not_pending_for_ever(stage: Stage, fake: FakeProvider) -> None:
    binding = await begun(stage)
    fake.settle_binding(await provider_method_id(stage, binding["id"]), Pending())

    await stage.pass_time(LINK_LIFETIME + ASKED_FOR + timedelta(hours=1))

    after = await shown(stage, binding["id"])
    assert (after["status"], after["reason"]) == ("failed", "not_confirmed")


async def test_a_provider_that_does_not_let_us_is_told_and_nothing_stays_open(stage: Stage, fake: FakeProvider) -> None:
    fake.fail("bind", Fault.NOT_ALLOWED)

    first = await bind(stage)
    again = await bind(stage)

    assert [(one.status_code, one.json()["code"]) for one in (first, again)] == [
        (503, "payment-provider-not-allowed"),
        (503, "payment-provider-not-allowed"),
    ]
    rows = await stage.rows("SELECT status, reason, next_attempt_at FROM payments.bindings")
    assert rows == [{"status": "failed", "reason": "not_allowed", "next_attempt_at": None}]
    assert fake.calls["bind"] == 1


async def test_a_request_that_is_called_wrong_fails(stage: Stage, fake: FakeProvider) -> None:
    fake.fail("bind", Fault.REJECTED)

    answer = await bind(stage)

    assert (answer.status_code, answer.json()["status"], answer.json()["reason"]) == (201, "failed", "request_rejected")


async def test_where_nothing_is_bound_nothing_is_stored(db: Database, clock: ManualClock, fake: FakeProvider) -> None:
    fake.capabilities = replace(fake.capabilities, binds_methods=False)
    stage = await Stage(db=db, clock=clock, provider=fake).open()

    answer = await bind(stage)

    assert (answer.status_code, answer.json()["code"]) == (422, "payment-method-binding-not-offered")
    assert await stage.rows("SELECT id FROM payments.bindings") == []


@pytest.mark.parametrize(
    "return_url",
    [
        "https://evil.test/account",
        "http://cinema.test.evil.test/",
        "http://cinema.test@evil.test/",
        "http://cinema.test\\@evil.test/",
        "//cinema.test/account",
        "javascript:alert(1)//cinema.test",
        "http://cinema.test/a b",
        "http://cinema.test/a\tb",
        "http://[cinema.test/",
    ],
)
async def test_owners_are_sent_nowhere_but_home(stage: Stage, fake: FakeProvider, return_url: str) -> None:
    answer = await bind(stage, return_url=return_url)

    assert answer.status_code == 422
    assert [one["pointer"] for one in answer.json()["errors"]] == ["#/return_url"]
    assert fake.calls["bind"] == 0


async def test_a_key_is_demanded(stage: Stage) -> None:
    async with stage.browser("viewer") as browser:
        answer = await browser.post(BINDINGS, json={"return_url": "http://cinema.test/account"})

    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency-key-missing")


async def test_bindings_are_shown_to_their_owner_only(stage: Stage) -> None:
    binding = await begun(stage)

    async with stage.browser("stranger") as stranger, stage.browser() as nobody:
        foreign = await stranger.get(f"{STANDING}/{binding['id']}")
        unknown = await stranger.get(f"{STANDING}/{VIEWER}")
        anonymous = await nobody.get(f"{STANDING}/{binding['id']}")

    assert (foreign.status_code, foreign.json()["code"]) == (404, "payment-method-binding-not-found")
    assert {**unknown.json(), "request_id": None} == {**foreign.json(), "request_id": None}
    assert anonymous.status_code == 401


async def test_only_so_many_cards_are_tried_in_a_day(stage: Stage, fake: FakeProvider, clock: ManualClock) -> None:
    for number in range(PER_DAY):
        await begun(stage, key=f"key-{number}")
        clock.advance(timedelta(hours=1))

    refused = await bind(stage, key="one-more")
    replayed = await bind(stage, key="key-0")
    of_another = await bind(stage, who="stranger")
    clock.advance(timedelta(days=1) - timedelta(hours=PER_DAY) - MOMENT)
    still_refused = await bind(stage, key="one-more")
    clock.advance(MOMENT)
    taken = await bind(stage, key="one-more")

    assert (refused.status_code, refused.json()["code"]) == (429, "payment-method-bindings-too-many")
    assert refused.headers["Retry-After"] == str((24 - PER_DAY) * 3600)
    assert (replayed.status_code, of_another.status_code, still_refused.status_code) == (201, 201, 429)
    assert still_refused.headers["Retry-After"] == "1"
    assert taken.status_code == 201
    assert fake.calls["bind"] == PER_DAY + 2


async def test_a_notification_hastens_the_look(stage: Stage, fake: FakeProvider) -> None:
    binding = await begun(stage)
    its_id = await provider_method_id(stage, binding["id"])
    fake.confirm_binding(its_id)

    status = await stage.notify(fake.notification("payment_method.active", its_id))
    await stage.drain()
    await stage.notify(fake.notification("payment_method.active", its_id).replace(b'"event": ', b'"event":'))
    await stage.drain()

    assert status == 200
    assert (await shown(stage, binding["id"]))["status"] == "succeeded"
    assert await stage.names() == ["MethodSaved"]
    assert sorted(map(str, await stage.verdicts())) == ["('applied', None)", "('ignored', 'known_already')"]


async def test_a_notification_before_the_answer_finds_the_binding_by_our_id(stage: Stage, fake: FakeProvider) -> None:
    fake.fail("bind", Fault.LOST_AFTER)
    binding = (await bind(stage)).json()
    [its_id] = fake.bindings
    fake.confirm_binding(its_id)

    await stage.notify(fake.notification("payment_method.active", its_id))
    await stage.drain()

    assert (await shown(stage, binding["id"]))["status"] == "succeeded"
    assert await stage.verdicts() == [("applied", None)]


async def test_a_notification_is_not_believed(stage: Stage, fake: FakeProvider) -> None:
    """It says that the card is saved; the provider itself does not."""
    binding = await begun(stage)
    its_id = await provider_method_id(stage, binding["id"])
    unconfirmed = fake.bindings[its_id]
    fake.confirm_binding(its_id)
    forged = fake.notification("payment_method.active", its_id)
    fake.bindings[its_id] = unconfirmed

    await stage.notify(forged)
    await stage.drain()

    assert await shown(stage, binding["id"]) == binding
    assert await stage.verdicts() == [("refused", "state")]


async def test_a_notification_of_a_method_that_is_not_bound_here_asks_nobody(stage: Stage, fake: FakeProvider) -> None:
    binding = await begun(stage)
    its_id = await provider_method_id(stage, binding["id"])
    body = fake.notification("payment_method.active", its_id)
    foreign = body.replace(its_id.encode(), b"x" * 36).replace(binding["id"].encode(), str(STRANGER).encode())

    await stage.notify(foreign)
    await stage.drain()

    assert await stage.verdicts() == [("ignored", "not_used")]
    assert fake.calls["read_binding"] == 0


@pytest.mark.parametrize(
    "lie",
    [{"account": "another-shop"}, {"binding_id": str(STRANGER)}, {"binding_id": None}, {"provider_method_id": "other"}],
)
async def test_an_answer_about_something_else_is_not_believed(
    stage: Stage, fake: FakeProvider, lie: dict[str, str | None]
) -> None:
    binding = await begun(stage)
    fake.confirm_binding(await provider_method_id(stage, binding["id"]))
    fake.twist_binding = lambda seen: replace(seen, **lie)  # type: ignore[arg-type] # a case

    await stage.pass_time(timedelta(minutes=5))
    while_lying = await shown(stage, binding["id"])
    fake.twist_binding = None
    await stage.pass_time(PAUSE_MAX)

    assert while_lying == binding
    assert (await shown(stage, binding["id"]))["status"] == "succeeded"


async def test_the_method_of_one_binding_is_not_that_of_another(stage: Stage, fake: FakeProvider) -> None:
    first = await begun(stage, key="first")
    its_id = await provider_method_id(stage, first["id"])
    fake.twist_binding = lambda seen: replace(seen, provider_method_id=its_id)

    second = (await bind(stage, key="second")).json()
    fake.twist_binding = None
    await stage.pass_time(timedelta(seconds=10))

    assert (second["status"], second["confirmation_url"]) == ("created", None)
    assert (await shown(stage, second["id"]))["status"] == "pending"
    assert await provider_method_id(stage, second["id"]) != its_id


async def test_a_method_of_another_user_is_left_alone(stage: Stage, fake: FakeProvider) -> None:
    theirs = await stage.save_method(fake, user_id=STRANGER)
    [token] = (await stage.rows("SELECT token FROM payments.methods"))[0].values()
    binding = await begun(stage)
    state = fake.confirm_binding(await provider_method_id(stage, binding["id"])).state
    assert isinstance(state, Bound)
    stolen = Bound(instrument=replace(state.instrument, token=token))
    fake.twist_binding = lambda seen: replace(seen, state=stolen)

    await stage.pass_time(PAUSE_MAX)

    done = await shown(stage, binding["id"])
    assert (done["status"], done["reason"], done["method_id"]) == ("failed", "method_taken", None)
    assert await method_ids(stage) == []
    assert await method_ids(stage, who="stranger") == [str(theirs)]


async def test_a_removed_method_stays_removed_whatever_is_told_of_it(stage: Stage, fake: FakeProvider) -> None:
    binding = await begun(stage)
    its_id = await provider_method_id(stage, binding["id"])
    fake.confirm_binding(its_id)
    await stage.pass_time(PAUSE_MAX)
    [method_id] = await method_ids(stage)
    async with stage.browser("viewer") as browser:
        await browser.delete(f"{BINDINGS}/{method_id}")

    await stage.notify(fake.notification("payment_method.active", its_id))
    await stage.drain()

    assert await method_ids(stage) == []
    assert await stage.names() == ["MethodSaved", "MethodRemoved"]


async def test_one_worker_at_a_time_holds_a_binding_and_not_for_long(
    db: Database, clock: ManualClock, stage: Stage, fake: FakeProvider
) -> None:
    bindings = Bindings(
        db=db.bound("payments"),
        clock=clock,
        providers={fake.name: fake},
        default_provider=fake.name,
        return_hosts=frozenset({"cinema.test"}),
        contacts=Owners(),
        passes=no_crash,
    )
    binding = await begun(stage)
    clock.advance(PAUSE_MAX)

    [held] = await bindings.claim_due(10)
    nothing = await bindings.claim_due(10)
    clock.advance(LEASE)
    [held_next] = await bindings.claim_due(10)
    too_late = await bindings.carry_out(held)
    asked = await bindings.carry_out(held_next)

    assert (nothing, too_late) == ([], None)
    assert asked is not None
    assert fake.calls["read_binding"] == 1
    assert await shown(stage, binding["id"]) == binding
