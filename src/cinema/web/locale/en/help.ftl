# Help: the figures come from the settings.

help-title = Help
help-intro = About money, in short: when we charge, how to cancel, how to get it back.
help-topics = Topics
help-support = No answer here?
help-support-note = Write to us, a person answers:
help-short = { $parts ->
    [4] If the period is shorter than a month, all of this shrinks: nothing lasts longer than a quarter of the period.
   *[other] If the period is shorter than a month, all of this shrinks: nothing lasts longer than 1/{ $parts } of the period.
}

help-renewal = Renewal
help-renewal-self = Does a subscription renew by itself?
help-renewal-self-answer = Only if you agreed to that, when you paid or later in your account. Otherwise you buy one period, and nothing more is charged.
help-renewal-when = When do you charge?
help-renewal-notice = { $days ->
    [0] Before a charge
    [one] { $days } day before a charge
   *[other] { $days } days before a charge
} a mail says how much, when, and what pays. Without such a mail we charge nothing.
help-renewal-lead-hours = { $n ->
    [one] The charge itself is made in the last hour of the paid time.
   *[other] The charge itself is made in the last { $n } hours of the paid time.
}
help-renewal-lead-minutes = { $n ->
    [0] The charge itself is made when the paid time ends.
   *[other] The charge itself is made in the last { $n } minutes of the paid time.
}
help-renewal-from = Which card do you charge?
help-renewal-from-answer = Only the one that you agreed to for this subscription. You choose another one yourself, and the new text that you agree to is kept in your account.
help-renewal-ahead = Can I pay ahead?
help-renewal-ahead-answer = Yes. The next period begins when this one ends: no day is lost.

help-failed = If a charge fails
help-failed-then = What happens?
help-failed-retries = { $count ->
    [one] We say why, and try again once, { $last ->
        [one] after { $days } day.
       *[other] after { $days } days.
    }
   *[other] We say why, and try again { $last ->
        [one] after { $days } day.
       *[other] after { $days } days.
    }
}
help-failed-no-retries = We say why. We do not try again by ourselves.
help-failed-grace = { $days ->
    [0] The films of the subscription are open until the paid time ends.
    [one] Films stay open meanwhile, but no longer than { $days } day after the paid time.
   *[other] Films stay open meanwhile, but no longer than { $days } days after the paid time.
}
help-failed-pay = Can I pay by hand?
help-failed-pay-answer = Yes, in your account: by another card or in any other way. The subscription goes on at once.

help-cancel = Canceling
help-cancel-how = How do I cancel?
help-cancel-how-answer = In your account, with two clicks: “Subscription”, then “Cancel the subscription”. There is nobody to call and nothing to explain.
help-cancel-then = What happens then?
help-cancel-then-answer = Nothing more is charged, and you can watch until the paid time ends. Until it ends one button brings the subscription back.

help-cards = Cards
help-cards-safe = Do you keep the number of my card?
help-cards-safe-answer = No. You type it on the page of the payment service, and we see only its last digits.
help-cards-save = Can I save a card without buying?
help-cards-save-answer = Yes, under “Payment methods”. Nothing is charged to it before you choose it for a subscription.
help-cards-remove = Can I remove a card?
help-cards-remove-answer = Every one, at any time, even the last. Nothing is charged to a removed card, not even what is planned already; a subscription that it renewed ends with its paid time.

help-refunds = Refunds
help-refunds-how = How do I get my money back?
help-refunds-how-answer = Open the order in your account and press “Ask for the money back”. Before you confirm, you see how much goes back and what becomes of your access.
help-refunds-much = How much goes back?
help-refunds-whole = { $days ->
    [0] If you watched nothing, we return the time that is still to come.
    [one] If you watched nothing and paid no more than { $days } day ago, we return all of it.
   *[other] If you watched nothing and paid no more than { $days } days ago, we return all of it.
}
help-refunds-part = If you have watched by the subscription, we return the time that is still to come. A period that was bought ahead and has not begun goes back whole.
help-refunds-film = { $days ->
    [0] Support decides about films: write to them.
    [one] A film that you did not start goes back whole until { $days } day after the payment. Support decides about one that you watched.
   *[other] A film that you did not start goes back whole until { $days } days after the payment. Support decides about one that you watched.
}
help-refunds-access = What about access?
help-refunds-access-answer = It closes as soon as you ask for the money. If we cannot return it, access opens again, and we write to you.
help-refunds-again = And a second time?
help-refunds-again-answer = { $days ->
    [one] If your last refund is less than { $days } day ago, write to support: a person looks at it.
   *[other] If your last refund is less than { $days } days ago, write to support: a person looks at it.
}

help-films = Films and orders
help-films-rental = How long can I watch a rented film?
help-films-rental-answer = { $hours ->
    [one] { $hours } hour from the payment on.
   *[other] { $hours } hours from the payment on.
}
help-films-unpaid = I did not pay an order. What becomes of it?
help-films-unpaid-answer = { $hours ->
    [one] It waits for { $hours } hour, then it is canceled by itself. Nothing is charged.
   *[other] It waits for { $hours } hours, then it is canceled by itself. Nothing is charged.
}
help-films-receipt = Where is my receipt?
help-films-receipt-answer = On the page of the order, and it comes by mail.
