# Что пошло не так: по коду, который отвечает API. Те же фразы он отвечает в `detail`.

# Чего угодно может коснуться.
problem-unknown = Что-то не так. Попробуйте ещё раз, а если не поможет, напишите нам.
problem-page-not-found = Возможно, адрес введён с ошибкой или страница переехала.
problem-internal-error = Это ошибка на нашей стороне, и мы уже знаем о ней. Попробуйте ещё раз чуть позже.
problem-unavailable = Сервис, который нам нужен, сейчас не отвечает. Попробуйте чуть позже.
problem-not-sent = До сервиса, который нам нужен, не достучаться. Ничего не произошло, попробуйте чуть позже.
problem-no-answer = Сервис, который нам нужен, не ответил. Мы выясним, что там произошло.
problem-database-busy = Сейчас слишком много желающих. Попробуйте чуть позже.
problem-database-exhausted = Сейчас нам не хватает сил. Попробуйте чуть позже.
problem-database-full = Нам некуда записать изменения. Мы это исправим, попробуйте позже.
problem-database-read-only = Сейчас ничего нельзя изменить, можно только смотреть. Попробуйте позже.
problem-database-unavailable = База данных не отвечает. Попробуйте чуть позже.
problem-statement-timeout = Это заняло слишком много времени, и мы остановились. Попробуйте чуть позже.
problem-cross-site = Эта форма открыта с другого сайта. Откройте страницу заново.
problem-form-unreadable = Форму не удалось прочитать. Откройте страницу заново.
problem-rate-limited = Слишком много попыток подряд. Попробуйте снова { $wait }.
problem-too-many-requests = Слишком много запросов. Попробуйте снова { $wait }.
problem-refused = Запрос отклонён.
problem-forbidden = Вам это не разрешено.
problem-not-found = Такого у нас нет.
problem-gone = Этого здесь больше нет.
problem-conflict = Сейчас это невозможно.
problem-invalid = Так не может быть: проверьте введённое.

# Для тех, кто пишет программы к API.
problem-bad-request = Запрос не удалось прочитать.
problem-host-unclear = В запросе должен быть один заголовок Host с именем узла.
problem-body-too-large = Тело запроса слишком велико: принимаем до { $bytes_max } байт.
problem-media-type-unsupported = Тело запроса должно быть в JSON и UTF-8, а Content-Type должен говорить application/json.
problem-not-json = Тело запроса не JSON в UTF-8.
problem-not-json-number = NaN и Infinity не числа в JSON.
problem-input-invalid = Во введённом есть ошибки, они перечислены в errors.
problem-route-not-found = По этому адресу ничего нет.
problem-method-not-allowed = Этот адрес такого метода не принимает. Какие принимает, говорит заголовок Allow.
problem-cursor-invalid = Эта ссылка ведёт в середину списка, которого больше нет. Откройте список сначала.
problem-cursor-invalid-of-another = Эта ссылка ведёт в другой список или в этот же в другом порядке или на другом языке. Откройте список сначала.
problem-idempotency-key-missing = Нужен один заголовок Idempotency-Key: от 1 до 128 видимых знаков ASCII, новый для каждого намерения.
problem-idempotency-key-reused = Это уже отправлено с другими данными. Проверьте, что получилось, и при необходимости начните заново.
problem-return-url-forbidden = Адрес возврата должен вести обратно в этот кинотеатр.
problem-range-invalid = Можно попросить только одну часть файла, и только ту, что есть: размер файла в байтах: { $size }.
problem-webhook-invalid = Такого уведомления провайдер не описывает.
problem-webhook-queue-full = Уведомлений ждёт больше, чем мы принимаем. Пришлите его ещё раз.
problem-webhook-sender-forbidden = С этого адреса уведомления провайдера не приходят.

# Вход, регистрация, профиль.
problem-unauthenticated = Сначала войдите.
problem-unauthenticated-bearer-only = Принимаются только токены Bearer.
problem-unauthenticated-one-proof = Пришлите один токен или одну куку.
problem-token-invalid = Сеанс закончился. Войдите снова.
problem-refresh-token-invalid = Сеанс закончился. Войдите снова.
problem-credentials-wrong = Логин или пароль не подходят. Проверьте раскладку и заглавные буквы.
problem-sign-in-busy = Сейчас входит слишком много людей. Попробуйте снова { $wait }.
problem-email-invalid = Похоже, в адресе ошибка. Нужен адрес вроде name@example.org.
problem-email-taken = Этот адрес уже у другого аккаунта.
problem-login-invalid = Логин: от 3 до 32 латинских букв, цифр, точек, дефисов и подчёркиваний, первой идёт буква.
problem-login-taken = Этот логин занят. Придумайте другой.
problem-password-common = Такой пароль подбирают одним из первых. Придумайте другой.
problem-password-length = В пароле должно быть от 8 до 128 знаков.
problem-password-personal = Пароль не должен совпадать с логином или адресом почты.
problem-password-unreadable = В пароле есть знак, которого не существует. Введите его заново.
problem-password-wrong = Это не ваш нынешний пароль.
problem-time-zone-unknown = Такого часового пояса мы не знаем. Выберите другой.
problem-session-not-found = На этом устройстве уже вышли.
problem-user-not-found = Такого пользователя нет.
problem-own-account = Со своим аккаунтом сотрудники ничего не делают. Попросите коллегу.
problem-last-admin = Это последний администратор. Сначала назначьте другого.
problem-role-exists = Роль с таким именем уже есть.
problem-role-unknown = Такой роли нет.
problem-role-held-otherwise = Эту роль дал не администратор, а подписка. С подпиской она и уйдёт.
problem-roles-full = Ролей уже столько, сколько может быть.
problem-message-not-found = Такого письма нет.

# Фильмы и просмотр.
problem-film-not-found = Такого фильма у нас нет: возможно, ссылка устарела.
problem-genre-not-found = Такого жанра у нас нет.
problem-genre-unknown = По этому жанру фильмы не найти: такого жанра у нас нет.
problem-person-not-found = Этого человека в нашем каталоге нет.
problem-import-refused = Ничего не загружено: сначала исправьте то, что перечислено в mistakes.
problem-access-denied = У вас пока нет права смотреть этот фильм.
problem-stream-limit = { $streams_max ->
    [one] Смотреть можно на { $streams_max } устройстве одновременно, и оно уже занято. Остановите просмотр там.
   *[other] Смотреть можно на { $streams_max } устройствах одновременно, и все они заняты. Остановите просмотр на одном.
}
problem-playback-ended = Этот просмотр закончен. Начните новый.
problem-playback-not-found = Такого просмотра у вас нет.
problem-position-invalid = Такого места в фильме нет: фильм длится от секунды до 24 часов, и место не может быть за его концом.
problem-position-not-found = Этого фильма нет среди тех, что вы начали смотреть.
problem-picture-not-drawn = Картинку не удалось нарисовать. Попробуйте чуть позже.
problem-pictures-busy = Сейчас рисуется слишком много картинок. Попробуйте снова { $wait }.
problem-media-forbidden = Этот адрес выдали не мы.
problem-media-not-found = Такого файла у этого фильма нет.
problem-asset-invalid = Папка должна лежать в папке фильмов, называться просто и содержать master.m3u8.

# Покупка и подписка.
problem-plan-not-found = Такого тарифа в продаже нет.
problem-film-not-for-sale = Так этот фильм не купить и не взять напрокат.
problem-film-owned = Этот фильм уже ваш навсегда.
problem-film-rented = Этот фильм у вас напрокат до { $ends_at }. Потом его можно взять снова, а купить можно и сейчас.
problem-already-subscribed = Подписка у вас уже есть. Тариф меняют в личном кабинете.
problem-checkout-open = Другая покупка ждёт оплаты. Сначала оплатите её или отмените.
problem-agreement-outdated = Условия с тех пор изменились. Прочтите новые и подтвердите ещё раз.
problem-amount-not-payable = Такую сумму платёжный сервис не принимает. Напишите нам, и мы поможем.
problem-order-not-found = Такого заказа у вас нет.
problem-order-not-open = Этот заказ уже не ждёт оплаты.
problem-order-being-paid = Этот заказ сейчас оплачивается. Подождите, чем это закончится.
problem-payment-declined = Прошлый платёж за этот заказ не прошёл. Начните новый.
problem-payment-not-ready = Платёжная страница готовится. Загляните через мгновение.
problem-payment-link-over = Эта ссылка на оплату больше никуда не ведёт. Новая есть в заказе.
problem-payment-not-found = Такого платежа нет.
problem-payment-conflict = Под этим номером уже есть другой платёж.
problem-payment-request-invalid = Такой платёж или возврат невозможен: не сходится чек, или его никто не смог бы оплатить.
problem-payment-provider-busy = Платёжный сервис сейчас не принимает запросы. Ничего не произошло, попробуйте чуть позже.
problem-payment-provider-not-allowed = Платёжный сервис нам этого не разрешает. Ничего не произошло.
problem-payment-provider-unknown = Такого платёжного сервиса здесь нет.
problem-nothing-unpaid = Ни одно продление этой подписки не ждёт денег.
problem-receipt-not-found = Такого чека у вас нет.
problem-payment-method-needed = Чтобы подписка снова продлевалась, выберите, чем за неё платить.
problem-payment-method-not-found = Такого способа оплаты у вас нет: возможно, вы его уже удалили.
problem-payment-method-not-savable = Этот способ нельзя сохранить для продления. Заплатите без продления.
problem-payment-method-binding-not-found = Такой карты вы не добавляли.
problem-payment-method-binding-not-offered = Сейчас карту можно сохранить только вместе с покупкой.
problem-payment-method-bindings-too-many = Сегодня вы добавляли карты слишком много раз. Попробуйте снова { $wait }.
problem-subscription-not-found = Такой подписки у вас нет.
problem-subscription-not-running = Эта подписка уже не действует, так что менять в ней нечего.
problem-subscription-renews = Эта подписка и так продлевается.
problem-charge-under-way = Последний платёж ещё не закончился. Попробуйте через несколько минут.

# Возвраты.
problem-refund-not-found = Такого возврата нет.
problem-nothing-to-refund = По этому заказу возвращать уже нечего.
problem-refund-under-way = Деньги за эту покупку уже возвращаются. Подождите, чем это закончится.
problem-refund-changed = Пока вы смотрели, сумма изменилась: теперь это { $amount }. Проверьте её ещё раз.
problem-refund-too-large = Это больше, чем осталось от платежа: вернуть можно не больше { $left }.
problem-refund-too-late = Вернуть деньги самому уже нельзя: срок вышел. Напишите в поддержку, она посмотрит.
problem-refund-needs-staff = Вы недавно уже возвращали деньги, поэтому это решим мы: напишите нам. Сами вы снова сможете вернуть деньги с { $again_at }.
problem-refund-not-possible = Платёжный сервис не может вернуть такую сумму. Напишите в поддержку, и мы найдём другой способ.
problem-refund-not-proposed = Этот возврат не ждёт решения.
problem-second-person-needed = Кто предложил возврат, тот его не утверждает. Попросите коллегу.
problem-film-played = Этот фильм вы уже смотрели, поэтому возврат решает поддержка.
problem-later-period-paid = Следующий период уже оплачен. Сначала верните деньги за него.

# Ошибки в отдельных полях запроса: по коду в `errors`.
mistake-missing = Это обязательное поле.
mistake-unknown = { $place ->
    [field] Такого поля нет.
    [body] Здесь ничего не принимается.
   *[parameter] Такого параметра нет.
}
mistake-repeated = Это дано дважды.
mistake-wrong-type = { $needed ->
    [boolean] Здесь true или false.
    [integer] Здесь целое число, одними цифрами.
    [list] Здесь список.
    [moment] Здесь время по RFC 3339, например 2026-01-31T12:00:00Z.
    [object] Здесь объект JSON.
    [uuid] Это не UUID.
   *[text] Здесь текст.
}
mistake-not-one-of = Можно только одно из этого: { $expected }.
mistake-pattern = Это пишется по-другому: { $pattern }.
mistake-too-short = { $of ->
    [characters] Слишком коротко: нужно не меньше { $least } { $least ->
        [one] знака
       *[other] знаков
    }.
   *[items] Слишком мало: нужно не меньше { $least }.
}
mistake-too-long = { $of ->
    [characters] Слишком длинно: можно не больше { $most } { $most ->
        [one] знака
       *[other] знаков
    }.
   *[items] Слишком много: можно не больше { $most }.
}
mistake-too-small = { $least ->
    [none] Это слишком мало.
   *[other] Это слишком мало: нужно не меньше { $least }.
}
mistake-too-large = { $most ->
    [none] Это слишком много.
   *[other] Это слишком много: можно не больше { $most }.
}
mistake-blank = Здесь пусто.
mistake-unreadable = Здесь управляющий знак или половина знака, так не сохранить.
mistake-refused = Это значение не подходит.
