# Главная, фильмы, жанры, люди.

home-title = Кино онлайн
home-of-the-day = Фильм дня
home-empty = Здесь пока нет фильмов.
home-shelf-new = Новое
home-continue = Продолжить просмотр
home-pitch = Все фильмы по подписке: { $price } { $term }. Она продлевается, только если вы согласитесь, и отменить её можно в любой момент.
home-pitch-plans = Сравнить тарифы

begun-left = осталось { $n } мин
begun-seen = Просмотрено { $n } %
begun-menu = Действия: { $title }
begun-remove = Убрать из ряда
begun-removed = «{ $title }» больше не в ряду. Место, где вы остановились, мы помним.
begun-put-back = Вернуть в ряд
begun-none = Здесь появятся фильмы, которые вы начали смотреть.

films-title = Фильмы
films-all = Все фильмы
films-description = Весь каталог: немое кино, нуар, комедии и приключения, с описаниями и афишами.
films-count = { $n ->
    [one] { $n } фильм
    [few] { $n } фильма
   *[many] { $n } фильмов
}
sort-title = Порядок
sort-added = Новое в каталоге
sort-name = По названию
sort-newest = Сначала новые
sort-oldest = Сначала старые
list-first = К началу списка

genres-title = Жанры
genres-description = Все жанры каталога: от нуара и ужасов до мультфильмов и мюзиклов.
genre-description = { $genre }: { $n ->
    [one] { $n } фильм
    [few] { $n } фильма
   *[many] { $n } фильмов
} онлайн.

people-title = Люди кино
people-description = Режиссёры, сценаристы и актёры фильмов каталога.
person-description = { $name }: фильмы онлайн и роли в них.
person-none = Фильмов этого человека в каталоге пока нет.
part-director = Режиссёр
part-writer = Сценарий
part-actor = Роли

film-minutes = { $n } мин
film-watch = Смотреть
film-resume = Продолжить с { $at }
film-about = О фильме
film-to-account = В личный кабинет
film-silent = немой
film-directors = { $n ->
    [one] Режиссёр
   *[other] Режиссёры
}
film-writers = Сценарий
film-countries = { $n ->
    [one] Страна
   *[other] Страны
}
film-languages = Язык
film-no-speech = без слов, с титрами
film-picture = Изображение
film-colour = цветное
film-black-and-white = чёрно-белое
film-cast = В ролях
film-similar = Похожие фильмы
film-watched = Досмотрено до конца
film-stopped = Вы остановились на { $at }, осталось { $n } мин

film-free = Бесплатно
film-free-sign-in = Нужно только войти.
film-free-yours = Смотрите сколько хотите.
film-for-good = Ваш навсегда
film-until = Доступно до { $day }, { $time }
film-by-purchase = Вы купили этот фильм.
film-by-rental = Вы взяли этот фильм напрокат.
film-by-subscription = По вашей подписке.
film-by-grace = Деньги за подписку пока не удалось списать, но смотреть можно.
film-in-plans = Входит в подписку
film-for-sale = Можно взять отдельно
film-have-plan = Уже есть доступ? Войдите
film-closed = Сейчас не открыть
film-not-sold = Этот фильм пока не продаётся и не входит в подписку.
block-age = Фильм не для возраста, указанного в профиле.
block-dunning = Подписка не оплачена. Оплатите её, и фильм откроется.
block-fraud = Доступ приостановлен. Напишите нам, и мы разберёмся.
block-region = В вашей стране у нас нет прав на показ этого фильма.

ways-title = Как посмотреть
price-plan = { $price } { $term }
price-rent = прокат { $price }
price-buy = навсегда { $price }
term-day = { $n ->
    [1] за день
    [one] за { $n } день
    [few] за { $n } дня
   *[many] за { $n } дней
}
term-month = { $n ->
    [1] за месяц
    [one] за { $n } месяц
    [few] за { $n } месяца
   *[many] за { $n } месяцев
}
term-year = { $n ->
    [1] за год
    [one] за { $n } год
    [few] за { $n } года
   *[many] за { $n } лет
}
term-hours = { $n ->
    [one] на { $n } час
    [few] на { $n } часа
   *[many] на { $n } часов
}
term-days = { $n ->
    [one] на { $n } день
    [few] на { $n } дня
   *[many] на { $n } дней
}
term-for-good = навсегда
way-plan = Оформить подписку
way-plan-name = Подписка «{ $name }»
way-plan-next = Откроются все фильмы подписки. Продлится, только если вы согласитесь, и отменить можно в любой момент.
way-plan-for = Подписаться за { $price }
way-rent-name = Напрокат
way-rent-next = Время пойдёт сразу после оплаты, смотреть можно сколько угодно раз.
way-rent = Взять напрокат за { $price }
way-buy-name = Навсегда
way-buy-next = Один платёж, и фильм останется вашим, с подпиской и без неё.
way-buy = Купить за { $price }

similar-director = Тот же режиссёр: { $name }
similar-genres = { $n ->
    [one] Общий жанр: { $genres }
   *[other] Общие жанры: { $genres }
}
similar-years = Снято в те же годы

country-SU = СССР
country-US = США
