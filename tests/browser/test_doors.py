"""What scripts add to the doors, to checkout and to the page after a payment."""

from playwright.sync_api import Page, expect

from browser.conftest import OpenPage
from browser.pages import PAYING, go
from browser.people import Person
from browser.roles import Company
from cinema.kit.auth import COOKIE_PLAIN
from cinema.main.demo.service import Service


def signed_in(page: Page, person: Person) -> None:
    page.context.add_cookies([{"name": COOKIE_PLAIN, "value": person.cookie, "url": person.cinema.url}])


def test_sign_up_offers_the_clock_of_the_browser(open_page: OpenPage, cinema: Service) -> None:
    listed = open_page(timezone_id="Asia/Yekaterinburg")
    other = open_page(timezone_id="America/Swift_Current")

    for page in (listed, other):
        page.goto(f"{cinema.url}/en/sign-up")

    expect(listed.get_by_label("Time zone")).to_have_value("Asia/Yekaterinburg")
    expect(other.get_by_label("Time zone")).to_have_value("America/Swift_Current")


def test_a_password_can_be_looked_at_and_is_never_kept_as_a_text(page: Page, cinema: Service) -> None:
    page.goto(f"{cinema.url}/en/sign-in")
    field = page.get_by_label("Password", exact=True)
    field.fill("look at me")

    page.get_by_role("button", name="Show the password").click()
    expect(field).to_have_attribute("type", "text")
    page.get_by_role("button", name="Hide the password").click()

    expect(field).to_have_attribute("type", "password")
    expect(field).to_have_value("look at me")


def test_the_sum_says_what_follows_by_the_tick(page: Page, cinema: Service, company: Company) -> None:
    signed_in(page, company["newcomer"])
    page.goto(f"{cinema.url}/en/checkout?plan=month")
    nothing = page.get_by_text("Nothing: the subscription does not renew by itself.")
    monthly = page.get_by_text("RUB 399.00 each month, first on")

    expect(nothing).to_be_visible()
    expect(monthly).to_be_hidden()
    page.get_by_role("checkbox").check()

    expect(nothing).to_be_hidden()
    expect(monthly).to_be_visible()


def test_who_waits_without_a_connection_goes_on_when_it_is_back(
    open_page: OpenPage, cinema: Service, company: Company, troubles: list[str]
) -> None:
    page = open_page()
    (waiting,) = [one for one in PAYING if one.name == "payment-waiting"]
    go(page, waiting, home=cinema.url, company=company, language="en")

    with page.expect_event("requestfailed"):
        page.context.set_offline(True)
    with page.expect_response(lambda answer: answer.url == page.url) as asked:
        page.context.set_offline(False)

    assert asked.value.status == 200
    assert {one.partition(":")[0] for one in troubles} == {"failed"}
    troubles.clear()
