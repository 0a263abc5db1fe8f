"""The closed lists of words that events, views and tables share: where things stand, and why."""

from enum import StrEnum


class Access(StrEnum):
    """On which terms a film may be watched."""

    FREE = "free"
    """By anyone who is signed in."""

    SUBSCRIPTION = "subscription"
    """With a running subscription, or when bought or rented."""


class FilmPart(StrEnum):
    """What a person does for a film."""

    DIRECTOR = "director"
    WRITER = "writer"
    ACTOR = "actor"


class FilmSort(StrEnum):
    """The orders in which films are listed; equal ones stand in order of title, then of id."""

    TITLE = "title"
    NEWEST = "-year"
    OLDEST = "year"
    ADDED = "-added"


class PictureSize(StrEnum):
    """How large a picture is."""

    SMALL = "small"
    """For lists and small screens."""

    LARGE = "large"
    """For one film by itself, and for previews of links."""


class GoodsKind(StrEnum):
    """What an order buys."""

    PLAN_PERIOD = "plan_period"
    FILM_PURCHASE = "film_purchase"
    FILM_RENTAL = "film_rental"


class OrderKind(StrEnum):
    """Who ordered: the viewer by hand, or a subscription that went on."""

    CHECKOUT = "checkout"
    RENEWAL = "renewal"


class OrderStatus(StrEnum):
    """Where an order stands."""

    OPEN = "open"
    PAID = "paid"
    PARTIALLY_REFUNDED = "partially_refunded"
    REFUNDED = "refunded"
    CANCELED = "canceled"


class SubscriptionStatus(StrEnum):
    """Where a subscription stands; "cancel at period end" is a flag beside it."""

    INCOMPLETE = "incomplete"
    TRIALING = "trialing"
    ACTIVE = "active"
    PAST_DUE = "past_due"
    PAUSED = "paused"
    ENDED = "ended"


class RenewalState(StrEnum):
    """Whether the next period will be charged by itself."""

    ON = "on"
    """It is charged to the agreed method, after a notice."""

    OFF = "off"
    """The viewer did not agree, or changed their mind."""

    NO_METHOD = "no_method"
    """The agreed method cannot be charged; another has to be chosen."""


class RenewalReason(StrEnum):
    """What made the renewal what it is."""

    AGREED = "agreed"
    """The viewer agreed at checkout."""

    METHOD_CHOSEN = "method_chosen"
    """The viewer agreed to a method later."""

    RESUMED = "resumed"
    """The viewer undid a cancellation."""

    REFUND_FAILED = "refund_failed"
    """The refund for which it was switched off did not come about."""

    NOT_AGREED = "not_agreed"
    """One period was bought, without renewal."""

    CANCELED = "canceled"
    """The viewer canceled."""

    REFUND_REQUESTED = "refund_requested"
    """The money of the newest period is to go back."""

    METHOD_NOT_SAVED = "method_not_saved"
    """The viewer agreed, but what they paid with cannot be charged again."""

    METHOD_REMOVED = "method_removed"
    """The viewer removed the agreed method."""

    METHOD_REVOKED = "method_revoked"
    """The bank or the payment service withdrew the agreed method."""


class EndedReason(StrEnum):
    """Why a subscription ended."""

    NEVER_PAID = "never_paid"
    CANCELED = "canceled"
    NOT_RENEWED = "not_renewed"
    """The viewer had bought it without renewal."""
    PAYMENT_FAILED = "payment_failed"
    REFUNDED = "refunded"
    NO_METHOD = "no_method"
    NOT_TOLD = "not_told"
    """The notice of its next charge could not be handed over, so that nothing was charged."""


class GrantKind(StrEnum):
    """What an entitlement rests on."""

    PAID = "paid"
    GRACE = "grace"


class BlockReason(StrEnum):
    """Why somebody may watch nothing for now, whatever they have a right to."""

    DUNNING = "dunning"
    FRAUD = "fraud"
    AGE = "age"
    REGION = "region"


class ReceiptKind(StrEnum):
    """What a fiscal receipt is for."""

    PAYMENT = "payment"
    REFUND = "refund"

    CLOSING = "closing"
    """What was paid ahead has been given."""


class HistoryEntity(StrEnum):
    """What the history of billing tells of."""

    SUBSCRIPTION = "subscription"
    ORDER = "order"
    REFUND = "refund"


class AccessEffect(StrEnum):
    """What a refund does to the right that was bought."""

    KEEP = "keep"
    REVOKE = "revoke"


class RefundState(StrEnum):
    """Where a refund stands for billing; how the money moves is the business of payments."""

    PROPOSED = "proposed"
    """By staff, above the amount that one person may return; a second person decides."""

    REJECTED = "rejected"
    """The second person said no."""

    REQUESTED = "requested"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


class RefundBasis(StrEnum):
    """What decides how much of an order goes back."""

    WHOLE = "whole"
    """Nothing of it was used, and it is new enough."""

    UNUSED_TIME = "unused_time"
    """The part of the period that is still to come."""

    STAFF = "staff"
    """Somebody of the cinema decided."""

    SURPLUS = "surplus"
    """The money bought nothing."""

    PROVIDER = "provider"
    """Somebody returned it at the provider."""


class PaymentStatus(StrEnum):
    """Where a payment stands; the table of moves is in payments' domain."""

    CREATED = "created"
    SENT = "sent"
    PENDING = "pending"
    WAITING_FOR_CAPTURE = "waiting_for_capture"
    UNKNOWN = "unknown"
    SUCCEEDED = "succeeded"
    DECLINED = "declined"
    CANCELED = "canceled"


class BindingStatus(StrEnum):
    """Where the binding of a method without a purchase stands."""

    CREATED = "created"
    """The provider has not answered yet."""

    PENDING = "pending"
    """The owner has to act on the provider's page."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"


class BindingFailure(StrEnum):
    """Why a method was not bound."""

    DECLINED = "declined"
    """The bank refused the card."""

    METHOD_TAKEN = "method_taken"
    """The method is known here as another user's."""

    NOT_ALLOWED = "not_allowed"
    """The provider does not let the cinema bind methods."""

    NOT_CONFIRMED = "not_confirmed"
    """The owner did not confirm in time."""

    PROVIDER_UNAVAILABLE = "provider_unavailable"
    """The provider did not answer until the time was over."""

    REQUEST_REJECTED = "request_rejected"
    """The provider says that our request is wrong: a person has to look."""


class RefundStatus(StrEnum):
    """Where a refund stands."""

    CREATED = "created"
    SENT = "sent"
    PENDING = "pending"
    UNKNOWN = "unknown"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


class RefundFailure(StrEnum):
    """Why money did not go back."""

    ACCOUNT_CLOSED = "account_closed"
    """The payer's account is no longer there."""

    BASKET_MISMATCH = "basket_mismatch"
    """The goods that are returned are not those that were paid."""

    EXCEEDS_PAYMENT = "exceeds_payment"
    """More than the payment took, together with the other refunds."""

    GENERAL_FAILURE = "general_failure"
    """The provider gives no reason."""

    NOT_REFUNDABLE = "not_refundable"
    """The payment has not succeeded."""

    PAYMENT_TOO_OLD = "payment_too_old"
    """Longer ago than the card's network takes back."""

    PROVIDER_TIMEOUT = "provider_timeout"
    """It took the payer's bank too long, each time that it was tried."""

    PROVIDER_UNAVAILABLE = "provider_unavailable"
    """The provider could not be reached for days; nothing was sent."""

    REJECTED_BY_PAYEE = "rejected_by_payee"
    """The payer's bank or wallet does not take it."""

    REQUEST_REJECTED = "request_rejected"
    """The provider says that our request is wrong: a person has to look."""

    RETURNED_OTHERWISE = "returned_otherwise"
    """The money went back another way meanwhile: somebody at the provider returned it."""

    SHOP_BALANCE_TOO_LOW = "shop_balance_too_low"
    """The shop's account at the provider did not hold enough, each time that it was tried."""


class ReceiptStatus(StrEnum):
    """Where a fiscal receipt stands that goes to the cash register by itself."""

    CREATED = "created"

    SENT = "sent"
    """On its way, or its answer was lost."""

    PENDING = "pending"
    """The register has it and has not filed it yet."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"


class ReceiptFailure(StrEnum):
    """Why a fiscal receipt came to nothing."""

    NOT_REGISTERED = "not_registered"
    """The register did not file it."""

    PROVIDER_UNAVAILABLE = "provider_unavailable"
    """Nobody took it for weeks."""

    REQUEST_REJECTED = "request_rejected"
    """The provider calls it wrong."""


class RefundOrigin(StrEnum):
    """Who had the money sent back."""

    OURS = "ours"

    PROVIDER = "provider"
    """Somebody at the provider, by hand, without us."""


class DeclineClass(StrEnum):
    """What a refused charge means for the next try."""

    HARD = "hard"
    """This method will not work again: no more tries on it."""

    SOFT = "soft"
    """It may work later."""

    PAYER = "payer"
    """The payer has to act: other data, 3-D Secure, another card."""


class WebhookOutcome(StrEnum):
    """What a notification led to."""

    APPLIED = "applied"
    """It was true and moved a payment or refund."""

    IGNORED = "ignored"
    """It was true and told nothing new, or of a thing that we do not use."""

    DUPLICATE = "duplicate"
    """The same bytes had been handled."""

    REFUSED = "refused"
    """It does not fit what the provider itself says, or what we asked for; nothing changed."""


class AccessReason(StrEnum):
    """What a decision rests on."""

    FREE = "free"
    """The film is free for who is signed in."""

    PAID = "paid"
    """A paid right holds."""

    GRACE = "grace"
    """A right holds while a payment is awaited."""

    SIGN_IN = "sign-in"
    """Nobody is signed in."""

    NO_RIGHT = "no-right"
    """The viewer has no right to this film."""

    BLOCKED = "blocked"
    """Something stands against the viewer's right; ``blocks`` tells what."""


class MessageKind(StrEnum):
    """What a message says. Each kind has one template in each language."""

    WELCOME = "welcome"
    REGISTRATION_REPEATED = "registration_repeated"
    SUBSCRIPTION_ACTIVATED = "subscription_activated"
    FILM_PAID = "film_paid"
    RENEWAL_UPCOMING = "renewal_upcoming"
    SUBSCRIPTION_RENEWED = "subscription_renewed"
    RENEWAL_FAILED = "renewal_failed"
    CHECKOUT_FAILED = "checkout_failed"
    CANCELLATION_SCHEDULED = "cancellation_scheduled"
    CANCELLATION_UNDONE = "cancellation_undone"
    METHOD_AGREED = "method_agreed"
    RENEWAL_STOPPED = "renewal_stopped"
    RENEWAL_RESTORED = "renewal_restored"
    SUBSCRIPTION_ENDING = "subscription_ending"
    REFUND_REQUESTED = "refund_requested"
    REFUND_FAILED = "refund_failed"
    ORDER_REFUNDED = "order_refunded"
    SUBSCRIPTION_ENDED = "subscription_ended"


class MessageStatus(StrEnum):
    """Where a message stands."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    """The mail server took it."""
    FAILED = "failed"
    """The mail server refused it for good, or its time to be tried is over; it is kept."""
    SKIPPED = "skipped"
    """It would no longer be true, or there is nobody to tell."""


class SendingResult(StrEnum):
    """How one try to send a message ended."""

    ACCEPTED = "accepted"
    DEFERRED = "deferred"
    REFUSED = "refused"
    DROPPED = "dropped"
    """Nothing was sent: no longer true, or nobody there."""
    LOST = "lost"
    """The worker that tried never reported back; the mail may have been sent."""
