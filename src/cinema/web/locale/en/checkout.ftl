# Plans, buying, paying.

plans-title = Plans
plans-description = All films of the catalogue by subscription: { $n ->
    [one] { $n } film
   *[other] { $n } films
}. Cancel at any time.
plans-lead = { $n ->
    [one] { $n } film
   *[other] { $n } films
} with every plan. They differ only in how long they last.
plans-interval = For how long
plans-none = There is no subscription on sale at present.
plans-own = Your plan
plans-monthly = { $price } a month
plans-monthly-about = about { $price } a month
plans-saving = { $price } less than month by month
plans-paid-until = Paid until { $day }.
plans-manage = Manage your subscription
plans-other = You can change plans when the present one ends: switch its renewal off in your account.
plans-take = Subscribe for { $price }
plans-posters = New in the catalogue
plans-included = What every plan includes
plans-films = All films of the catalogue: { $n }
plans-renewal = It renews only if you agree, and a mail comes before each charge.
plans-cancel = Cancel at any time; you can watch until the end of what is paid.
plans-refund = Changed your mind? What was not used goes back whole within { $n ->
    [one] { $n } day
   *[other] { $n } days
}, and later for the time that is left.
plans-card = Your card number stays with the payment service: we do not see it.
plans-single = Want a single film? Many can be rented or bought without a subscription:

each-day = { $n ->
    [1] each day
    [one] every { $n } day
   *[other] every { $n } days
}
each-month = { $n ->
    [1] each month
    [one] every { $n } month
   *[other] every { $n } months
}
each-year = { $n ->
    [1] each year
    [one] every { $n } year
   *[other] every { $n } years
}

checkout-title = Checkout
checkout-plan = Subscription “{ $name }”
checkout-days = From today until { $end }.
checkout-days-ahead = From { $start } until { $end }.
checkout-ahead-note = This is the next period of your subscription: it begins when the paid one ends.
checkout-rental = A rental { $term }. The time begins as soon as it is paid.
checkout-for-good = For good, with or without a subscription.
checkout-open-already = This film is open to you already by your subscription.
checkout-what = What you buy
checkout-how = How you pay
checkout-provider = By card or another way, on the secure page of the payment service. We neither see nor keep your card number.
checkout-sum = What it costs
checkout-today = Today
checkout-then = Then
checkout-then-each = { $price } { $each }, first on { $day }. A mail comes before.
checkout-then-nothing = Nothing: the subscription does not renew by itself.
checkout-then-once = Nothing: it is a single payment.
checkout-cancel = Cancel at any time; you can watch until the end of what is paid.
checkout-pay = Pay { $price }
checkout-free = Take it for free
checkout-leaving = The page of the payment service opens. After paying you come back here.
checkout-back = Go back

renew-title = Renew the subscription automatically
renew-without = Without the tick you pay for one period, and nothing more is charged.
renew-without-late = Without the tick only this period is paid, and the renewal stays as it is.
renew-help = How renewal works

obstacle-subscribed = You have a subscription already
obstacle-other-plan = Your subscription “{ $name }” is paid until { $end }. You can take another plan when it ends: switch the renewal off in your account, and you can watch until the end of what is paid.
obstacle-paid-ahead = Your subscription “{ $name }” is paid ahead, until { $end }. You can pay again nearer to that day.
obstacle-charge = A charge is under way
obstacle-refund = Money is on its way back
obstacle-open = Another order comes first
obstacle-open-why = You began to order “{ $name }” for { $price }. Finish that order, or cancel it.
obstacle-go-on = To that order
obstacle-give-up = Cancel it
obstacle-owned = This film is yours already
obstacle-rented = You have rented it already
obstacle-rented-until = The film is open until { $day }, { $time }. You can rent it again after that, and buy it for good even now.
obstacle-blocked = Not just now
obstacle-blocked-why = Your access to films is suspended, and what you buy would not open. Look into your account: it says what to do.
obstacle-not-for-sale = This film is not sold that way
obstacle-to-film = To the film
obstacle-amount = This amount cannot be paid now

payment-going-title = Preparing the payment page
payment-going-line = It takes a few seconds, and we will take you there.
payment-waiting-title = Waiting for your payment to be confirmed
payment-waiting-line = The bank usually answers in a few seconds. There is no need to pay again.
payment-waiting-close = You may close this page: as soon as we know, we will send you a mail.
payment-opening-title = The money has arrived
payment-opening-line = We are opening your access; it takes a few seconds.
payment-declined-title = The payment did not go through
payment-reason = The reason: { $reason }.
payment-nothing-charged = Nothing was charged.
payment-may-come = Should the money be charged after all, it comes back by itself.
payment-goes-back = The money for this order is on its way back: the order itself was canceled.
payment-paid-title = Paid
payment-refunded-title = The money has been returned
payment-refunded-line = { $refunded } of { $total } have been returned.
payment-canceled-title = The order is canceled
payment-what = What
payment-sum = Sum
payment-order = Order
payment-again = Check again
payment-unfinished = Not finished paying? The page is still open.
payment-go-on = Back to paying
payment-give-up = Cancel the order
payment-other-way = Try the same card again, take another, or choose another way: the order stays the same.
payment-receipt = Receipt and order
payment-details = Details of the order
payment-anew = Order again
payment-to-films = To the films
payment-plan-until = All films are open until { $day }.
payment-plan-ahead = The next period is paid: from { $start } until { $end }.
payment-plan-over = The subscription that this order was for has ended.
payment-next-charge = The next charge is on { $day }: { $price }. A mail comes before.
payment-next-charge-by = The next charge is on { $day }: { $price } ({ $method }). A mail comes before.
payment-no-charge = The subscription does not renew by itself: nothing more is charged.
payment-not-saved = The payment method could not be saved, so the subscription does not renew by itself. You can choose another one in your account.
payment-film-for-good = The film is yours for good.
payment-film-until = The film is open until { $day }, { $time }.
payment-film-over = The time for which the film was rented is over.
