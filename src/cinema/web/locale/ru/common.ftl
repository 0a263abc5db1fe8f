# What stands on every page.

site-name = Синема
site-locale = ru_RU
site-description = Кино по подписке, напрокат и навсегда.

skip-to-content = К содержанию
nav-main = Разделы
nav-films = Фильмы
nav-genres = Жанры
nav-plans = Тарифы
nav-account = Личный кабинет
nav-orders = Заказы
nav-settings = Настройки
nav-sign-in = Войти
nav-sign-out = Выйти
nav-help = Помощь
nav-api = Разработчикам
nav-support = Написать нам
language-ru = Русский
language-en = English
theme = Вид:
theme-system = как на устройстве
theme-dark = тёмный
theme-light = светлый
session-ended = Сеанс закончился. Войдите снова: введённое сохранено.

development = Разработка
development-note = Это установка для разработки.
development-money = Деньги ненастоящие.
development-mailbox = Почта
development-cards = Тестовые карты
development-who = Вы вошли как { $login } ({ $roles })

form-wrong = Проверьте, пожалуйста, эти поля
list-more = Показать ещё

shelf-all = Все
shelf-back = Назад
shelf-on = Дальше
shelf-skip = Пропустить ряд

offline-title = Нет соединения
offline-text = До нас не дойти: проверьте интернет. Как только он появится, попробуйте снова.

trouble-title = Не получилось
trouble-not-found = Такой страницы нет
trouble-forbidden = Сюда нельзя
trouble-ours = У нас что-то сломалось
trouble-nothing-charged = Ничего не списано.
trouble-again = Повторить
trouble-home = На главную
trouble-request = Номер запроса: { $id }
form-blank = Заполните это поле.
