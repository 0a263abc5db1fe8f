"""Texts that people read, by key, in each language of the product, from catalogues of Project Fluent.

A catalogue is a folder for each language with ``*.ftl`` files; all languages have the same
keys with the same variables. Plurals are those of CLDR. A text holds no markup: what is put
into it is escaped by the page that shows it.
"""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path

from fluent.runtime import FluentBundle
from fluent.runtime.types import fluent_number
from fluent.syntax import FluentParser, ast

Value = str | int
Part = tuple[bool, str]
"""A text, or the name of the value that stands there; whether it is such a name comes first."""

COUNTED_MAX = 2_048
"""Texts with numbers that are kept as they came out, of each language; what else is put into a text is not kept."""


class TextMissing(LookupError):
    """A catalogue has no such text, or it wants a value that was not given: a bug."""


class Words:
    """The texts of one language: ``words("film-minutes", n=90)``."""

    def __init__(self, language: str, sources: Mapping[str, str]) -> None:
        self.language = language
        self._bundle = FluentBundle([language], use_isolating=False)
        self._counted = lru_cache(maxsize=COUNTED_MAX)(self._resolved)
        self._ready: dict[str, str] = {}
        self._keys: set[str] = set()
        self._open: dict[str, tuple[Part, ...]] = {}
        for name, source in sources.items():
            self._take(name, source)

    def __call__(self, key: str, /, **values: Value) -> str:
        """The text of ``key`` with its ``values``. Raises `TextMissing`."""
        ready = self._ready.get(key)
        if ready is not None:
            return ready
        parts = self._open.get(key)
        if parts is not None:
            return self._joined(key, parts, values)
        is_counted = all(isinstance(one, int) for one in values.values())
        return (self._counted if is_counted else self._resolved)(key, *values.items())

    def _resolved(self, key: str, *values: tuple[str, Value]) -> str:
        pattern = self._bundle.get_message(key).value if self._bundle.has_message(key) else None
        if pattern is None:
            raise TextMissing(f"{self.language}: {key}")
        text, errors = self._bundle.format_pattern(pattern, {name: _value(one) for name, one in values})
        if errors:
            raise TextMissing(f"{self.language}: {key}: {errors[0]}")
        return str(text)

    def _joined(self, key: str, parts: tuple[Part, ...], values: Mapping[str, Value]) -> str:
        try:
            return "".join([str(values[text]) if is_value else text for is_value, text in parts])
        except KeyError as missing:
            raise TextMissing(f"{self.language}: {key}: Unknown external: {missing.args[0]}") from None

    def plain(self, key: str) -> str | None:
        """The text of ``key`` if it wants no value, at the cost of a look."""
        return self._ready.get(key)

    def __contains__(self, key: str) -> bool:
        return key in self._keys

    def _take(self, name: str, source: str) -> None:
        resource = FluentParser(with_spans=False).parse(source)
        for entry in resource.body:
            if isinstance(entry, ast.Junk):
                beginning = (entry.content or "").strip()[:60]
                raise TextMissing(f"{self.language}/{name}: cannot be read: {beginning}")
            if not isinstance(entry, ast.Message):
                continue
            if entry.id.name in self._keys:
                raise TextMissing(f"{self.language}/{name}: {entry.id.name} is there already")
            self._keys.add(entry.id.name)
            if entry.value is not None:
                parts = _parts(entry.value)
                if parts is not None and any(is_value for is_value, _ in parts):
                    self._open[entry.id.name] = parts
                elif parts is not None:
                    self._ready[entry.id.name] = "".join(text for _, text in parts)
        self._bundle.add_resource(resource)


class Texts:
    """All languages. They are read when a text of theirs is first asked for."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._read: dict[str, Words] = {}

    def of(self, language: str) -> Words:
        """The texts of ``language``, one of the folder's."""
        words = self._read.get(language)
        if words is None:
            files = sorted((self._folder / language).glob("*.ftl"))
            words = Words(language, {file.name: file.read_text(encoding="utf-8") for file in files})
            self._read[language] = words
        return words


def variables(source: str) -> dict[str, frozenset[str]]:
    """The keys of a catalogue's file, with the names of the values that each wants: for the test of parity."""
    resource = FluentParser(with_spans=False).parse(source)
    return {
        entry.id.name: frozenset(one.id.name for one in _walked(entry) if isinstance(one, ast.VariableReference))
        for entry in resource.body
        if isinstance(entry, ast.Message)
    }


def _parts(pattern: ast.Pattern) -> tuple[Part, ...] | None:
    """What a message is made of, if that is text and names of values alone: it needs no library to be put together."""
    parts: list[Part] = []
    for element in pattern.elements:
        if isinstance(element, ast.TextElement):
            parts.append((False, element.value))
        elif isinstance(element.expression, ast.VariableReference):
            parts.append((True, element.expression.id.name))
        else:
            return None
    return tuple(parts)


def _value(value: Value) -> object:
    return value if isinstance(value, str) else fluent_number(value, useGrouping=False)


def _walked(node: object) -> Iterator[object]:
    yield node
    if isinstance(node, ast.BaseNode):
        for inner in vars(node).values():
            for one in inner if isinstance(inner, list) else [inner]:
                yield from _walked(one)
