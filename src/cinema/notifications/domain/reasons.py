"""Why things are as they are, in words: failed payments and refunds, renewal, ends, what a refund rests on.

Each continues a sentence: "We could not charge your card: …", "It does not renew: …".
"""

from collections.abc import Mapping

from cinema.contracts.enums import EndedReason, RefundBasis, RenewalReason
from cinema.contracts.text import Language, Text

UNKNOWN = Text(
    ru="банк или платёжный сервис отказал, не назвав причины",
    en="the bank or the payment service declined it without giving a reason",
)

PAYMENT_FAILED: Mapping[str, Text] = {
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
"""Why a payment failed; the keys are the reasons that payments publishes."""

REFUND_FAILED: Mapping[str, Text] = {
    "account_closed": Text(
        ru="счёт или карта, с которых был платёж, закрыты", en="the account or the card that it came from is closed"
    ),
    "basket_mismatch": Text(
        ru="состав возврата не сошёлся с чеком; мы уже разбираемся",
        en="it did not fit the receipt; we are looking into it",
    ),
    "exceeds_payment": Text(
        ru="вместе с прежними возвратами это больше, чем было заплачено",
        en="together with earlier refunds it is more than was paid",
    ),
    "general_failure": UNKNOWN,
    "not_refundable": Text(ru="платёж не был завершён", en="the payment had not been completed"),
    "payment_too_old": Text(
        ru="с платежа прошло слишком много времени", en="the payment was made too long ago to be returned this way"
    ),
    "provider_timeout": Text(ru="платёжный сервис не ответил вовремя", en="the payment service did not answer in time"),
    "provider_unavailable": Text(ru="платёжный сервис был недоступен", en="the payment service could not be reached"),
    "rejected_by_payee": Text(
        ru="банк или кошелёк, с которого был платёж, не принял деньги обратно",
        en="the bank or the wallet that it came from did not take it back",
    ),
    "request_rejected": Text(
        ru="платёжный сервис не принял запрос; мы уже разбираемся",
        en="the payment service did not take our request; we are looking into it",
    ),
    "returned_otherwise": Text(
        ru="деньги вернулись другим путём, через платёжный сервис",
        en="the money went back another way, at the payment service",
    ),
    "shop_balance_too_low": Text(
        ru="на нашем счёте в платёжном сервисе не хватило денег",
        en="there was not enough money in our account with the payment service",
    ),
}
"""Why money did not go back; the keys are the reasons that payments publishes."""

RENEWAL: Mapping[RenewalReason, Text] = {
    RenewalReason.AGREED: Text(
        ru="вы согласились на продление при оплате", en="you agreed to its renewal when you paid for it"
    ),
    RenewalReason.METHOD_CHOSEN: Text(
        ru="вы выбрали, чем платить за продление", en="you chose the payment method to renew it with"
    ),
    RenewalReason.RESUMED: Text(ru="вы сняли отмену", en="you undid its cancellation"),
    RenewalReason.REFUND_FAILED: Text(ru="вернуть за неё деньги не удалось", en="its money could not be returned"),
    RenewalReason.NOT_AGREED: Text(ru="вы оформили её без продления", en="you bought it without renewal"),
    RenewalReason.CANCELED: Text(ru="вы её отменили", en="you canceled it"),
    RenewalReason.REFUND_REQUESTED: Text(
        ru="деньги за её последний период возвращаются", en="the money for its latest period is on its way back"
    ),
    RenewalReason.METHOD_NOT_SAVED: Text(
        ru="способ оплаты, которым вы её оплатили, не удалось сохранить для следующих списаний",
        en="the payment method that you paid with could not be saved for later charges",
    ),
    RenewalReason.METHOD_REMOVED: Text(
        ru="вы удалили способ оплаты, с которого она продлевалась",
        en="you removed the payment method that it was renewed with",
    ),
    RenewalReason.METHOD_REVOKED: Text(
        ru="способ оплаты, с которого она продлевалась, больше не действует: так решил банк или платёжный сервис",
        en="the bank or the payment service withdrew the payment method that it was renewed with",
    ),
}
"""Why a subscription renews by itself, or does not."""

ENDED: Mapping[EndedReason, Text] = {
    EndedReason.NEVER_PAID: Text(ru="она так и не была оплачена", en="it was never paid"),
    EndedReason.CANCELED: Text(ru="вы её отменили", en="you canceled it"),
    EndedReason.NOT_RENEWED: Text(
        ru="период истёк, а оформлена она была без продления",
        en="its period is over, and it was bought without renewal",
    ),
    EndedReason.PAYMENT_FAILED: Text(
        ru="списать деньги за продление так и не удалось", en="we could not charge its renewal"
    ),
    EndedReason.NOT_TOLD: Text(
        ru="мы не смогли предупредить вас о списании, а без предупреждения не списываем",
        en="we could not tell you of the charge, and charge nothing without telling",
    ),
    EndedReason.REFUNDED: Text(ru="деньги за неё возвращены", en="its money was refunded"),
    EndedReason.NO_METHOD: Text(
        ru="период истёк, а способа оплаты, с которого её можно продлить, нет",
        en="its period is over, and there is no payment method to renew it with",
    ),
}
"""Why a subscription ended."""

BASES: Mapping[RefundBasis, Text] = {
    RefundBasis.WHOLE: Text(
        ru="покупка новая, и по ней ничего не смотрели", en="it is new, and nothing of it was used"
    ),
    RefundBasis.UNUSED_TIME: Text(ru="время, которое ещё не прошло", en="the time that was still to come"),
    RefundBasis.STAFF: Text(ru="решение нашего сотрудника", en="a decision of our staff"),
    RefundBasis.SURPLUS: Text(ru="этим платежом ничего не куплено", en="the payment bought nothing"),
    RefundBasis.PROVIDER: Text(ru="возврат через платёжный сервис", en="it was returned at the payment service"),
}
"""What decides how much goes back."""


def in_words(reasons: Mapping[str, Text], reason: str, language: Language) -> str:
    """The published reason as a viewer reads it; one that is not published yet reads as unknown."""
    return reasons.get(reason, UNKNOWN).in_(language)
