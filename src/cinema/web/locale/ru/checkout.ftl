# Тарифы, покупка, оплата.

plans-title = Тарифы
plans-description = Подписка на всё кино каталога: { $n ->
    [one] { $n } фильм
    [few] { $n } фильма
   *[many] { $n } фильмов
}. Отменить можно в любой момент.
plans-lead = { $n ->
    [one] { $n } фильм
    [few] { $n } фильма
   *[many] { $n } фильмов
} в любом тарифе. Разница только в сроке.
plans-interval = На какой срок
plans-none = Сейчас подписка не продаётся.
plans-own = Ваш тариф
plans-monthly = { $price } в месяц
plans-monthly-about = около { $price } в месяц
plans-saving = На { $price } дешевле, чем по месяцам
plans-paid-until = Оплачено до { $day }.
plans-manage = Управлять подпиской
plans-other = Сменить тариф можно, когда закончится нынешний: отключите продление в личном кабинете.
plans-take = Оформить за { $price }
plans-posters = Новое в каталоге
plans-included = Что входит в каждый тариф
plans-films = Все фильмы каталога: { $n }
plans-renewal = Подписка продлевается, только если вы согласитесь. Перед каждым списанием приходит письмо.
plans-cancel = Отменить можно в любой момент, доступ останется до конца оплаченного.
plans-refund = Передумали? За неиспользованное деньги вернутся целиком в течение { $n ->
    [one] { $n } дня
   *[many] { $n } дней
}, а позже за оставшееся время.
plans-card = Номер карты остаётся у платёжного сервиса: мы его не видим.
plans-single = Нужен один фильм? Многие можно взять напрокат или купить без подписки:

each-day = { $n ->
    [1] каждый день
    [one] раз в { $n } день
    [few] раз в { $n } дня
   *[many] раз в { $n } дней
}
each-month = { $n ->
    [1] каждый месяц
    [one] раз в { $n } месяц
    [few] раз в { $n } месяца
   *[many] раз в { $n } месяцев
}
each-year = { $n ->
    [1] каждый год
    [one] раз в { $n } год
    [few] раз в { $n } года
   *[many] раз в { $n } лет
}

checkout-title = Оформление
checkout-plan = Подписка «{ $name }»
checkout-days = С сегодняшнего дня до { $end }.
checkout-days-ahead = С { $start } до { $end }.
checkout-ahead-note = Это следующий период вашей подписки: он начнётся, когда закончится оплаченный.
checkout-rental = Напрокат { $term }. Время пойдёт сразу после оплаты.
checkout-for-good = Навсегда, с подпиской и без неё.
checkout-open-already = Этот фильм уже открыт вам по подписке.
checkout-what = Что вы покупаете
checkout-how = Как вы платите
checkout-provider = Картой или другим способом, на защищённой странице платёжного сервиса. Номер карты мы не видим и не храним.
checkout-sum = Сколько это стоит
checkout-today = Сегодня
checkout-then = Затем
checkout-then-each = { $price } { $each }, первый раз { $day }. Заранее пришлём письмо.
checkout-then-nothing = Ничего: сама подписка не продлится.
checkout-then-once = Ничего: это разовый платёж.
checkout-cancel = Отменить можно в любой момент, доступ останется до конца оплаченного.
checkout-pay = Оплатить { $price }
checkout-free = Оформить бесплатно
checkout-leaving = Откроется страница платёжного сервиса. После оплаты вы вернётесь сюда.
checkout-back = Вернуться

renew-title = Продлевать подписку автоматически
renew-without = Без галочки вы платите за один период, и больше ничего не спишется.
renew-without-late = Без галочки оплатится только этот период, а продление останется таким, как сейчас.
renew-help = Как устроено продление

obstacle-subscribed = У вас уже есть подписка
obstacle-other-plan = Подписка «{ $name }» оплачена до { $end }. Другой тариф можно оформить, когда она закончится: отключите продление в личном кабинете, доступ останется до конца оплаченного.
obstacle-paid-ahead = Подписка «{ $name }» оплачена вперёд, до { $end }. Ещё раз заплатить можно будет ближе к этому дню.
obstacle-charge = Идёт списание
obstacle-refund = Деньги возвращаются
obstacle-open = Сначала закончим с другим заказом
obstacle-open-why = Вы начали оформлять «{ $name }» за { $price }. Доведите этот заказ до конца или отмените его.
obstacle-go-on = К этому заказу
obstacle-give-up = Отменить его
obstacle-owned = Этот фильм уже ваш
obstacle-rented = Вы уже взяли его напрокат
obstacle-rented-until = Фильм открыт до { $day }, { $time }. Потом его можно взять ещё раз, а купить навсегда можно и сейчас.
obstacle-blocked = Сейчас не получится
obstacle-blocked-why = Доступ к фильмам приостановлен, и купленное не открылось бы. Загляните в личный кабинет: там видно, что делать.
obstacle-not-for-sale = Так этот фильм не продаётся
obstacle-to-film = К фильму
obstacle-amount = Такую сумму сейчас не оплатить

payment-going-title = Готовим страницу оплаты
payment-going-line = Это займёт пару секунд, и мы сами вас туда переведём.
payment-waiting-title = Ждём подтверждения оплаты
payment-waiting-line = Банк обычно отвечает за несколько секунд. Платить ещё раз не нужно.
payment-waiting-close = Страницу можно закрыть: как только всё выяснится, мы пришлём письмо.
payment-opening-title = Деньги получены
payment-opening-line = Открываем доступ, это займёт пару секунд.
payment-declined-title = Платёж не прошёл
payment-reason = Причина: { $reason }.
payment-nothing-charged = Ничего не списано.
payment-may-come = Если деньги всё же спишутся, они вернутся сами.
payment-goes-back = Деньги по этому заказу возвращаются: сам он уже отменён.
payment-paid-title = Оплачено
payment-refunded-title = Деньги возвращены
payment-refunded-line = Возвращено { $refunded } из { $total }.
payment-canceled-title = Заказ отменён
payment-what = Что
payment-sum = Сумма
payment-order = Заказ
payment-again = Проверить снова
payment-unfinished = Не закончили оплату? Её страница ещё открыта.
payment-go-on = Вернуться к оплате
payment-give-up = Отменить заказ
payment-other-way = Попробуйте ещё раз той же картой, возьмите другую или выберите другой способ: заказ останется тем же.
payment-receipt = Чек и заказ
payment-details = Подробности заказа
payment-anew = Оформить заново
payment-to-films = К фильмам
payment-plan-until = Все фильмы открыты до { $day }.
payment-plan-ahead = Следующий период оплачен: с { $start } до { $end }.
payment-plan-over = Подписка, за которую был этот заказ, уже закончилась.
payment-next-charge = Следующее списание { $day }: { $price }. Заранее пришлём письмо.
payment-next-charge-by = Следующее списание { $day }: { $price } ({ $method }). Заранее пришлём письмо.
payment-no-charge = Сама подписка не продлится: больше ничего не спишется.
payment-not-saved = Сохранить способ оплаты не удалось, поэтому сама подписка не продлится. Другой способ можно выбрать в личном кабинете.
payment-film-for-good = Фильм ваш навсегда.
payment-film-until = Фильм открыт до { $day }, { $time }.
payment-film-over = Время, на которое фильм был взят напрокат, вышло.
