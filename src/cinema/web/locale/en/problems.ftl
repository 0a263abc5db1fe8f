# What went wrong, by the code that the API answers too.

problem-unknown = Something is not right. Try again, and write to us if it does not help.
problem-page-not-found = The address may be mistyped, or the page has moved.
problem-internal-error = We know of it already. Try again a little later.
problem-unavailable = A service that we need does not answer. Try again a little later.
problem-cross-site = This form was opened from another site. Open the page again.
problem-form-unreadable = This form could not be read. Open the page again.
problem-film-not-found = We have no such film: the link may be old.
problem-genre-not-found = We have no such genre.
problem-person-not-found = This person is not in our catalogue.
problem-cursor-invalid = This link leads into a list that is no more. Open the list from its beginning.

# Signing in and up.
problem-credentials-wrong = The login or the password is wrong. Check the keyboard's language and capital letters.
problem-rate-limited = Too many tries in a row. Try again { $wait }.
problem-sign-in-busy = Too many people are signing in just now. Try again { $wait }.
problem-email-invalid = There seems to be a mistake in the address. It should look like name@example.org.
problem-login-invalid = A login has 3 to 32 Latin letters, digits, dots, hyphens and underscores, and begins with a letter.
problem-login-taken = This login is taken. Choose another.
problem-password-common = This password is among the first that are tried. Choose another.
problem-password-length = A password has 8 to 128 characters.
problem-password-personal = A password must not be your login or your e-mail address.
problem-password-unreadable = The password has a character that does not exist. Type it again.
problem-time-zone-unknown = We do not know this time zone. Choose another.
problem-position-not-found = This film is not among those that you began to watch.

# Subscription, payment methods, orders and refunds.
problem-subscription-not-found = You have no such subscription.
problem-subscription-not-running = This subscription is not running any more, so there is nothing to change.
problem-subscription-renews = This subscription renews as it is.
problem-payment-method-needed = Choose what pays for the subscription first; then it renews again.
problem-refund-under-way = The money of this purchase is on its way back. Wait for the result.
problem-charge-under-way = The last payment has no result yet. Try again in some minutes.
problem-agreement-outdated = The terms have changed meanwhile. Read the new ones and confirm once more.
problem-payment-method-not-found = You have no such payment method: you may have removed it.
problem-payment-method-not-savable = This method cannot be saved for renewal. Pay without renewal.
problem-payment-method-binding-not-found = You added no such card.
problem-payment-method-binding-not-offered = A card can only be saved with a purchase at present.
problem-payment-method-bindings-too-many = You added cards too often today. Try again { $wait }.
problem-order-not-found = You have no such order.
problem-order-not-open = This order does not wait for payment any more.
problem-order-being-paid = This order is being paid. Wait for the result.
problem-amount-not-payable = The payment service does not take this amount. Write to us, and we will help.
problem-receipt-not-found = You have no such receipt.
problem-nothing-to-refund = Nothing of this order is left to return.
problem-refund-too-late = The time to take it back yourself is over. Write to support, they will look at it.
problem-film-played = You have watched this film, so support decides about it.
problem-later-period-paid = The next period is paid already. Take that one back first.
problem-refund-needs-staff = You took money back not long ago, so support looks at this one. Write to them.
problem-refund-not-possible = The payment service cannot return this amount. Write to support, and we will find another way.
problem-refund-changed = The amount changed while you were looking. This is the new one; please check it.
problem-session-not-found = This device is signed out already.
problem-password-wrong = This is not your present password.
problem-idempotency-key-reused = This form was sent with other values before. Look what came of it, and fill it in anew if you need to.
