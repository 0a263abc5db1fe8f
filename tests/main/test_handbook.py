"""The description of the API as a page for people."""

import re
from typing import Any

import httpx2
import pytest

from cinema.main.handbook import written
from cinema.main.handbook.operations import coded, groups
from cinema.main.reference import _product
from cinema.main.wiring import Cinema


@pytest.fixture(scope="module")
def product() -> Cinema:
    return _product()


def client(product: Cinema) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(app=product.app), base_url="http://test")


async def test_the_page_shows_every_operation_with_its_problems(product: Cinema) -> None:
    description = product.app.openapi()

    async with client(product) as caller:
        door = (await caller.get("/v1")).json()
        answer = await caller.get(door["docs"])
        page = answer.text

    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    for path, ways in description["paths"].items():
        for method, operation in ways.items():
            [part] = re.findall(rf'<details id="{operation["operationId"]}">.*?</details>', page, re.DOTALL)
            assert f'">{method.upper()}</b> <code class="path">{path}</code>' in part
            names = [one["name"] for one in operation.get("parameters", ())]
            codes = [
                code
                for told in operation["responses"].values()
                for code in told.get("content", {}).get("application/problem+json", {}).get("examples", {})
            ]
            assert [one for one in (*names, *codes) if f"<code>{one}</code>" not in part] == []
    [bought] = re.findall(r'<details id="subscriptions.create">.*?</details>', page, re.DOTALL)
    assert "<h3>Body</h3>" in bought
    assert "<code>save_method</code>" in bought
    assert '<h3>Answer <span class="status">201</span> CheckoutView</h3>' in bought
    shapes = re.findall(r'<details id="shape-(\w+)">', page)
    named = description["components"]["schemas"].items()
    assert shapes == sorted(name for name, schema in named if "properties" in schema)


async def test_the_page_asks_nobody_but_us_and_runs_nothing(product: Cinema) -> None:
    async with client(product) as caller:
        answer = await caller.get("/docs")
        loaded = re.findall(r'(?:src|href)="([^#][^"]*)"', answer.text)
        style = await caller.get("/docs/style.css")

    assert answer.headers.get_list("content-security-policy") == [
        "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ]
    assert loaded == ["/docs/style.css", "/openapi.json"]
    assert re.findall(r"<script|<style|<img|\sstyle=|\son\w+=", answer.text) == []
    assert (style.status_code, style.headers["content-type"]) == (200, "text/css; charset=utf-8")
    assert re.findall(r"@import|url\(", style.text) == []
    assert "prefers-color-scheme: dark" in style.text


def small(**operation: Any) -> dict[str, Any]:
    told = {"operationId": "a.get", "tags": ["a"], "description": "Say <b>.", "responses": {"200": {}}, **operation}
    return {
        "info": {"title": "Small", "version": "1", "description": "Text."},
        "tags": [{"name": "a", "description": "A."}, {"name": "empty", "description": "Nothing."}],
        "paths": {"/a": {"get": told}},
        "components": {"schemas": {"Word": {"type": "string", "enum": ["one", "two"]}}},
    }


def test_what_is_described_is_text_and_never_markup() -> None:
    page = written(small())

    assert "Say &lt;b&gt;." in page
    assert "<b>." not in page
    assert str(coded("`<i>` **x**")) == "<code>&lt;i&gt;</code> <strong>x</strong>"


def test_a_closed_set_is_told_with_all_its_values_and_a_tag_without_operations_not_at_all() -> None:
    parameter = {"name": "word", "in": "query", "schema": {"anyOf": [{"$ref": "#/components/schemas/Word"}]}}

    [group] = groups(small(parameters=[parameter]))

    assert [(one.name, one.kind, one.is_needed) for one in group.operations[0].parameters] == [
        ("word", "`one` | `two`", False)
    ]
