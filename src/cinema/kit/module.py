"""What a context is when it is built: what a process runs of it, and its faces to others."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Generic, TypeVar

from fastapi import APIRouter

from cinema.kit.inbox import Consumer
from cinema.kit.jobs import Job
from cinema.kit.states import Machine
from cinema.kit.sweep import Invariant

F_co = TypeVar("F_co", covariant=True)


async def _nothing() -> None:
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Module:
    """What a process runs of a context: its routes, consumers, jobs, invariants, and how it starts and stops."""

    name: str
    routes: tuple[APIRouter, ...] = ()
    consumers: tuple[Consumer, ...] = ()
    jobs: tuple[Job, ...] = ()
    invariants: tuple[Invariant, ...] = ()
    machines: tuple[Machine[StrEnum], ...] = ()
    start: Callable[[], Awaitable[None]] = field(default=_nothing)
    stop: Callable[[], Awaitable[None]] = field(default=_nothing)


@dataclass(frozen=True, slots=True, kw_only=True)
class Built(Generic[F_co]):
    """What every context's ``build`` returns: what a process runs, and the ``facades`` that others are given."""

    module: Module
    facades: F_co
