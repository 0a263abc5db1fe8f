# Reasons in words, for pages and mails. Each continues a sentence: "We could not charge your card: …".

reason-unknown = the bank or the payment service declined it without giving a reason

# Why a payment failed.
reason-payment-card_expired = the card has expired
reason-payment-country_forbidden = cards issued in this country are not accepted
reason-payment-declined_by_issuer = the bank that issued the card declined it
reason-payment-fraud_suspected = the bank took the payment for a suspicious one
reason-payment-general_decline = the bank or the payment service declined it without giving a reason
reason-payment-identification_required = the payment service asks the wallet's owner to verify their identity
reason-payment-insufficient_funds = there was not enough money in the account
reason-payment-issuer_unavailable = the bank that issued the card did not answer
reason-payment-limit_exceeded = a payment limit was exceeded
reason-payment-loan_declined = payment in instalments was declined
reason-payment-method_removed = the payment method was removed
reason-payment-method_restricted = this payment method has been restricted
reason-payment-method_unknown = the payment service no longer knows this payment method
reason-payment-operator_unsupported = payments from this mobile operator are not accepted
reason-payment-permission_revoked = the permission to charge it automatically was withdrawn
reason-payment-provider_timeout = the payment service did not answer in time
reason-payment-three_d_secure_failed = the payment was not confirmed with the bank
reason-payment-wrong_card_number = the card number was wrong
reason-payment-wrong_security_code = the card's security code (CVC) was wrong
reason-payment-canceled_at_provider = the payment was canceled at the payment service
reason-payment-expired = the time to pay ran out
reason-payment-given_up = the order was canceled before it was paid
reason-payment-not_captured = the money was only reserved, and has been released
reason-payment-not_confirmed = the payment was not confirmed in time
reason-payment-provider_unavailable = the payment service could not be reached
reason-payment-request_rejected = the payment service did not take our request; we are looking into it

# Why money did not go back.
reason-refund-account_closed = the account or the card that it came from is closed
reason-refund-basket_mismatch = it did not fit the receipt; we are looking into it
reason-refund-exceeds_payment = together with earlier refunds it is more than was paid
reason-refund-general_failure = the bank or the payment service declined it without giving a reason
reason-refund-not_refundable = the payment had not been completed
reason-refund-payment_too_old = the payment was made too long ago to be returned this way
reason-refund-provider_timeout = the payment service did not answer in time
reason-refund-provider_unavailable = the payment service could not be reached
reason-refund-rejected_by_payee = the bank or the wallet that it came from did not take it back
reason-refund-request_rejected = the payment service did not take our request; we are looking into it
reason-refund-returned_otherwise = the money went back another way, at the payment service
reason-refund-shop_balance_too_low = there was not enough money in our account with the payment service

# Why a subscription renews by itself, or does not.
reason-renewal-agreed = you agreed to its renewal when you paid for it
reason-renewal-method_chosen = you chose the payment method to renew it with
reason-renewal-resumed = you undid its cancellation
reason-renewal-refund_failed = its money could not be returned
reason-renewal-not_agreed = you bought it without renewal
reason-renewal-canceled = you canceled it
reason-renewal-refund_requested = the money for its latest period is on its way back
reason-renewal-method_not_saved = the payment method that you paid with could not be saved for later charges
reason-renewal-method_removed = you removed the payment method that it was renewed with
reason-renewal-method_revoked = the bank or the payment service withdrew the payment method that it was renewed with

# Why a subscription ended.
reason-ended-never_paid = it was never paid
reason-ended-canceled = you canceled it
reason-ended-not_renewed = its period is over, and it was bought without renewal
reason-ended-payment_failed = we could not charge its renewal
reason-ended-not_told = we could not tell you of the charge, and charge nothing without telling
reason-ended-refunded = its money was refunded
reason-ended-no_method = its period is over, and there is no payment method to renew it with

# What decides how much goes back.
reason-basis-whole = it is new, and nothing of it was used
reason-basis-unused_time = the time that was still to come
reason-basis-staff = a decision of our staff
reason-basis-surplus = the payment bought nothing
reason-basis-provider = it was returned at the payment service
