# What went wrong, by the code that the API answers; its `detail` says the same sentences.

# What may meet anything.
problem-unknown = Something is not right. Try again, and write to us if it does not help.
problem-page-not-found = The address may be mistyped, or the page has moved.
problem-internal-error = The mistake is ours, and we know of it already. Try again a little later.
problem-unavailable = A service that we need does not answer. Try again a little later.
problem-not-sent = A service that we need cannot be reached. Nothing has happened; try again a little later.
problem-no-answer = A service that we need did not answer. We will find out what happened there.
problem-database-busy = Too many want the same thing at this moment. Try again a little later.
problem-database-exhausted = We have too much to do at this moment. Try again a little later.
problem-database-full = We have no room left to write changes. We will put that right; try again later.
problem-database-read-only = Nothing can be changed at present, only looked at. Try again later.
problem-database-unavailable = The database does not answer. Try again a little later.
problem-statement-timeout = This took too long and was stopped. Try again a little later.
problem-cross-site = This form was opened from another site. Open the page again.
problem-form-unreadable = This form could not be read. Open the page again.
problem-rate-limited = Too many tries in a row. Try again { $wait }.
problem-too-many-requests = Too many requests. Try again { $wait }.
problem-refused = The request was refused.
problem-forbidden = This is not allowed for you.
problem-not-found = There is no such thing.
problem-gone = It is no longer here.
problem-conflict = This is not possible at present.
problem-invalid = This cannot be right: check what you entered.

# For those who write programs for the API.
problem-bad-request = The request cannot be read.
problem-host-unclear = A request has one Host header with the name of a host.
problem-body-too-large = The body is too large: up to { $bytes_max } bytes are taken.
problem-media-type-unsupported = The body has to be JSON in UTF-8, and Content-Type has to say application/json.
problem-not-json = The body is not JSON in UTF-8.
problem-not-json-number = NaN and Infinity are no numbers in JSON.
problem-input-invalid = Some of the input is not valid; errors lists it.
problem-route-not-found = There is nothing at this address.
problem-method-not-allowed = This address does not take this method; Allow names those that it takes.
problem-cursor-invalid = This link leads into a list that is no more. Open the list from its beginning.
problem-cursor-invalid-of-another = This link leads into another list, or into this one in another order or language. Open the list from its beginning.
problem-idempotency-key-missing = Send one Idempotency-Key header: 1 to 128 visible ASCII characters, new for each intent.
problem-idempotency-key-reused = This was sent with other values before. Look what came of it, and begin anew if you need to.
problem-return-url-forbidden = The return address must lead back to this cinema.
problem-range-invalid = Only one range of bytes that are there can be asked for: the file has { $size } bytes.
problem-webhook-invalid = This is not a notification that the provider documents.
problem-webhook-queue-full = More notifications are waiting to be stored than we take. Send it again.
problem-webhook-sender-forbidden = Notifications of this provider do not come from this address.

# Signing in and up, the profile.
problem-unauthenticated = Sign in first.
problem-unauthenticated-bearer-only = Only bearer tokens are taken.
problem-unauthenticated-one-proof = Send one token or one cookie.
problem-token-invalid = The session is over. Sign in again.
problem-refresh-token-invalid = The session is over. Sign in again.
problem-credentials-wrong = The login or the password is wrong. Check the keyboard's language and capital letters.
problem-sign-in-busy = Too many people are signing in just now. Try again { $wait }.
problem-email-invalid = There seems to be a mistake in the address. It should look like name@example.org.
problem-email-taken = Another account has this address.
problem-login-invalid = A login has 3 to 32 Latin letters, digits, dots, hyphens and underscores, and begins with a letter.
problem-login-taken = This login is taken. Choose another.
problem-password-common = This password is among the first that are tried. Choose another.
problem-password-length = A password has 8 to 128 characters.
problem-password-personal = A password must not be your login or your e-mail address.
problem-password-unreadable = The password has a character that does not exist. Type it again.
problem-password-wrong = This is not your present password.
problem-time-zone-unknown = We do not know this time zone. Choose another.
problem-session-not-found = This device is signed out already.
problem-user-not-found = There is no such user.
problem-own-account = Staff do not act on their own account. Ask a colleague.
problem-last-admin = This is the last administrator. Make another one first.
problem-role-exists = There is a role of this name already.
problem-role-unknown = There is no such role.
problem-role-held-otherwise = The subscription gave this role, not an administrator. It goes with the subscription.
problem-roles-full = There are as many roles as there may be.
problem-message-not-found = There is no such message.

# Films and watching.
problem-film-not-found = We have no such film: the link may be old.
problem-genre-not-found = We have no such genre.
problem-genre-unknown = Films cannot be listed by this genre, because there is no such genre.
problem-person-not-found = This person is not in our catalogue.
problem-import-refused = Nothing was imported; mistakes lists what has to be put right.
problem-access-denied = You have no right to watch this film yet.
problem-stream-limit = { $streams_max ->
    [one] You may watch on { $streams_max } device at a time, and it is in use. Stop watching there first.
   *[other] You may watch on { $streams_max } devices at a time, and all of them are in use. Stop watching on one first.
}
problem-playback-ended = This playback is over. Start another one.
problem-playback-not-found = You have no such playback.
problem-position-invalid = This place is not in the film: a film lasts from a second to 24 hours, and a place is not behind its end.
problem-position-not-found = This film is not among those that you began to watch.
problem-picture-not-drawn = The picture could not be drawn. Try again a little later.
problem-pictures-busy = Too many pictures are being drawn just now. Try again { $wait }.
problem-media-forbidden = This address was not given out by us.
problem-media-not-found = There is no such file in this title.
problem-asset-invalid = The folder has to lie in the media folder, have a plain name and hold a master.m3u8.

# Buying and subscribing.
problem-plan-not-found = There is no such plan on sale.
problem-film-not-for-sale = This film cannot be bought or rented this way.
problem-film-owned = This film is yours for good already.
problem-film-rented = You have rented this film until { $ends_at }. You can rent it again after that, or buy it now.
problem-already-subscribed = You have a subscription already. The plan is changed in your account.
problem-checkout-open = Another purchase waits for its payment. Pay or cancel it first.
problem-agreement-outdated = The terms have changed meanwhile. Read the new ones and confirm once more.
problem-amount-not-payable = The payment service does not take this amount. Write to us, and we will help.
problem-order-not-found = You have no such order.
problem-order-not-open = This order does not wait for payment any more.
problem-order-being-paid = This order is being paid. Wait for the result.
problem-payment-declined = The last payment of this order did not go through. Begin another one.
problem-payment-not-ready = The payment page is being prepared. Look again in a moment.
problem-payment-link-over = This link to a payment page leads nowhere any more. The order has another one.
problem-payment-not-found = There is no such payment.
problem-payment-conflict = This payment id already stands for another request.
problem-payment-request-invalid = This payment or refund cannot be right: its receipt does not add up, or nobody could pay it.
problem-payment-provider-busy = The payment provider takes no more requests now. Nothing has happened; try again a little later.
problem-payment-provider-not-allowed = The payment provider does not let us do this. Nothing has happened.
problem-payment-provider-unknown = There is no such payment provider here.
problem-nothing-unpaid = No renewal of this subscription waits for its money.
problem-receipt-not-found = You have no such receipt.
problem-payment-method-needed = Choose what pays for the subscription first; then it renews again.
problem-payment-method-not-found = You have no such payment method: you may have removed it.
problem-payment-method-not-savable = This method cannot be saved for renewal. Pay without renewal.
problem-payment-method-binding-not-found = You added no such card.
problem-payment-method-binding-not-offered = A card can only be saved with a purchase at present.
problem-payment-method-bindings-too-many = You added cards too often today. Try again { $wait }.
problem-subscription-not-found = You have no such subscription.
problem-subscription-not-running = This subscription is not running any more, so there is nothing to change.
problem-subscription-renews = This subscription renews as it is.
problem-charge-under-way = The last payment has no result yet. Try again in some minutes.

# Refunds.
problem-refund-not-found = There is no such refund.
problem-nothing-to-refund = Nothing of this order is left to return.
problem-refund-under-way = The money of this purchase is on its way back. Wait for the result.
problem-refund-changed = What you would get back has changed since you looked: it is { $amount } now. Please check it.
problem-refund-too-large = This is more than is left of the payment: at most { $left } can be returned.
problem-refund-too-late = The time to take it back yourself is over. Write to support, they will look at it.
problem-refund-needs-staff = You took a payment back not long ago, so we have to look at this one: write to us. You can take one back yourself again from { $again_at }.
problem-refund-not-possible = The payment service cannot return this amount. Write to support, and we will find another way.
problem-refund-not-proposed = This refund does not wait for a decision.
problem-second-person-needed = Who proposed this refund does not decide on it. Ask a colleague.
problem-film-played = You have watched this film, so support decides about it.
problem-later-period-paid = The next period is paid already. Take that one back first.

# Mistakes in parts of the input, by their code in `errors`.
mistake-missing = This is needed.
mistake-unknown = { $place ->
    [field] There is no such field.
    [body] Nothing is taken here.
   *[parameter] There is no such parameter.
}
mistake-repeated = This is given twice.
mistake-wrong-type = { $needed ->
    [boolean] This is true or false.
    [integer] This is a whole number, in digits alone.
    [list] This is a list.
    [moment] This is a time as in RFC 3339, such as 2026-01-31T12:00:00Z.
    [object] This has to be a JSON object.
    [uuid] This is no UUID.
   *[text] This is a text.
}
mistake-not-one-of = This is none of these: { $expected }.
mistake-pattern = This is written in another form than { $pattern }.
mistake-too-short = { $of ->
    [characters] This is too short: at least { $least } characters.
   *[items] This is too short: at least { $least }.
}
mistake-too-long = { $of ->
    [characters] This is too long: at most { $most } characters.
   *[items] This is too long: at most { $most }.
}
mistake-too-small = { $least ->
    [none] This is too small.
   *[other] This is too small: at least { $least }.
}
mistake-too-large = { $most ->
    [none] This is too large.
   *[other] This is too large: at most { $most }.
}
mistake-blank = This is blank.
mistake-unreadable = This holds a control character or half a character, which cannot be kept.
mistake-refused = This value is refused.
