"""What a route does not tell of its refusals is seen; what it tells points to the field that is to blame."""

from typing import Annotated, Any, ClassVar

import pytest
from fastapi import APIRouter
from fastapi.routing import APIRoute

from cinema.kit.errors import Conflict, Invalid
from cinema.kit.http import Strict
from cinema.kit.mistakes import Mistake, MistakeCode
from cinema.kit.refusing import Refusals, refuses, take_refusals


class Sold(Conflict):
    """It is sold."""

    code = "test-sold"
    members: ClassVar[dict[str, Any]] = {"to": Annotated[str, "Who has it."]}


class WordUnknown(Invalid):
    """There is no such word."""

    code = "test-word-unknown"


class Wish(Strict):
    word: str


def told() -> Refusals:
    router = APIRouter()

    @router.post("/wishes/{number}", name="wishes.create", responses=refuses(Sold, word=WordUnknown, number=Invalid))
    async def wish(number: int, body: Wish) -> None: ...

    [route] = router.routes
    assert isinstance(route, APIRoute)
    return take_refusals(route)


def test_a_refusal_about_a_field_points_to_it() -> None:
    refusals = told()

    refused = MistakeCode.REFUSED
    assert refusals.errors(WordUnknown(), operation="wishes.create") == [
        Mistake(code=refused, place={"pointer": "#/word"})
    ]
    assert refusals.errors(Invalid(), operation="wishes.create") == [
        Mistake(code=refused, place={"in": "path", "parameter": "number"})
    ]
    assert refusals.errors(Sold(to="anna"), operation="wishes.create") == []


def test_a_refusal_that_is_not_told_is_a_warning() -> None:
    with pytest.raises(UserWarning, match=r"wishes\.create does not tell that it refuses by conflict"):
        told().errors(Conflict(), operation="wishes.create")


def test_a_member_that_is_not_told_is_a_warning() -> None:
    with pytest.raises(UserWarning, match=r"test-sold does not tell its members \['price'\]"):
        told().errors(Sold(price=5), operation="wishes.create")
