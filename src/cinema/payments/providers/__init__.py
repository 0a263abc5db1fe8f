"""The payment providers: each an implementation of `cinema.payments.domain.port.Provider`."""

from collections.abc import Mapping

from cinema.payments.domain.port import Provider
from cinema.payments.providers.yookassa.adapter import Yookassa
from cinema.payments.settings import YookassaSettings


def build_providers(*, yookassa: YookassaSettings) -> Mapping[str, Provider]:
    """The providers of production by their names; nothing is connected yet."""
    one = Yookassa(settings=yookassa)
    return {one.name: one}
