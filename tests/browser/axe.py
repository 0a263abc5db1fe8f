"""What axe-core finds wrong with a page for people who do not see it, hear it, or point at it."""

from functools import cache

from playwright.sync_api import Page

from style.source import ROOT

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"]
"""WCAG 2.2, levels A and AA."""


def axe(page: Page) -> list[str]:
    """The violations of the page as it stands, a line for each element: ``image-alt: img.poster: Images must …``."""
    page.evaluate(_source())
    found = page.evaluate("tags => axe.run(document, {runOnly: {type: 'tag', values: tags}})", TAGS)
    return [
        f"{rule['id']}: {' '.join(map(str, node['target']))}: {rule['help']}"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]


@cache
def _source() -> str:
    return (ROOT / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
