# Главная, фильмы, люди.

home-title = Кино онлайн
home-new = Новое в каталоге
home-empty = Здесь пока нет фильмов.
home-shelf-new = Новое
film-minutes = { $n } мин
film-watch = Смотреть
