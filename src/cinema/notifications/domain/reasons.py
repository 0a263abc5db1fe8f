"""Why a payment failed, in words; the keys are the reasons that payments publishes.

Each continues a sentence: "We could not charge your card: …".
"""

from collections.abc import Mapping

from cinema.contracts.text import Language, Text

UNKNOWN = Text(
    ru="банк или платёжный сервис отклонил платёж, не назвав причины",
    en="the bank or the payment service declined it without giving a reason",
)

REASONS: Mapping[str, Text] = {
    "card_expired": Text(ru="истёк срок действия карты", en="the card has expired"),
    "country_forbidden": Text(
        ru="картой, выпущенной в этой стране, заплатить нельзя", en="cards issued in this country are not accepted"
    ),
    "declined_by_issuer": Text(
        ru="банк, выпустивший карту, отклонил платёж", en="the bank that issued the card declined it"
    ),
    "fraud_suspected": Text(
        ru="платёж показался банку подозрительным", en="the bank took the payment for a suspicious one"
    ),
    "general_decline": UNKNOWN,
    "identification_required": Text(
        ru="платёжный сервис просит подтвердить личность владельца кошелька",
        en="the payment service asks the wallet's owner to verify their identity",
    ),
    "insufficient_funds": Text(ru="на счёте не хватило денег", en="there was not enough money in the account"),
    "issuer_unavailable": Text(
        ru="банк, выпустивший карту, не отвечал", en="the bank that issued the card did not answer"
    ),
    "limit_exceeded": Text(ru="превышен лимит платежей", en="a payment limit was exceeded"),
    "loan_declined": Text(ru="в рассрочке отказано", en="payment in instalments was declined"),
    "method_removed": Text(ru="способ оплаты удалён", en="the payment method was removed"),
    "method_restricted": Text(
        ru="операции с этим способом оплаты ограничены", en="this payment method has been restricted"
    ),
    "method_unknown": Text(
        ru="платёжный сервис больше не знает этот способ оплаты",
        en="the payment service no longer knows this payment method",
    ),
    "operator_unsupported": Text(
        ru="платежи со счёта этого мобильного оператора не принимаются",
        en="payments from this mobile operator are not accepted",
    ),
    "permission_revoked": Text(
        ru="разрешение на автоматические списания отозвано",
        en="the permission to charge it automatically was withdrawn",
    ),
    "provider_timeout": Text(ru="платёжный сервис не ответил вовремя", en="the payment service did not answer in time"),
    "three_d_secure_failed": Text(
        ru="платёж не подтверждён кодом от банка", en="the payment was not confirmed with the bank"
    ),
    "wrong_card_number": Text(ru="неверный номер карты", en="the card number was wrong"),
    "wrong_security_code": Text(ru="неверный код с карты (CVC)", en="the card's security code (CVC) was wrong"),
    "canceled_at_provider": Text(
        ru="платёж отменён на стороне платёжного сервиса", en="the payment was canceled at the payment service"
    ),
    "expired": Text(ru="время на оплату вышло", en="the time to pay ran out"),
    "given_up": Text(ru="заказ отменён до оплаты", en="the order was canceled before it was paid"),
    "not_captured": Text(
        ru="деньги были только зарезервированы, и резерв снят", en="the money was only reserved, and has been released"
    ),
    "not_confirmed": Text(ru="платёж не подтверждён вовремя", en="the payment was not confirmed in time"),
    "provider_unavailable": Text(ru="платёжный сервис был недоступен", en="the payment service could not be reached"),
    "request_rejected": Text(
        ru="платёжный сервис не принял запрос; мы уже разбираемся",
        en="the payment service did not take our request; we are looking into it",
    ),
}


def in_words(reason: str, language: Language) -> str:
    """The reason as a viewer reads it; one that is not published yet reads as unknown."""
    return REASONS.get(reason, UNKNOWN).in_(language)
