"""The genres that need no naming by whoever imports films."""

from cinema.catalog.domain.film import GenreEntry
from cinema.contracts.text import Text

USUAL_GENRES = tuple(
    GenreEntry(slug=slug, name=Text(ru=ru, en=en))
    for slug, ru, en in (
        ("action", "Боевик", "Action"),
        ("adventure", "Приключения", "Adventure"),
        ("animation", "Мультфильм", "Animation"),
        ("biography", "Биография", "Biography"),
        ("comedy", "Комедия", "Comedy"),
        ("crime", "Криминал", "Crime"),
        ("documentary", "Документальный", "Documentary"),
        ("drama", "Драма", "Drama"),
        ("experimental", "Экспериментальный", "Experimental"),
        ("family", "Семейный", "Family"),
        ("fantasy", "Фэнтези", "Fantasy"),
        ("film-noir", "Нуар", "Film noir"),
        ("historical", "Исторический", "Historical"),
        ("horror", "Ужасы", "Horror"),
        ("melodrama", "Мелодрама", "Melodrama"),
        ("musical", "Мюзикл", "Musical"),
        ("mystery", "Детектив", "Mystery"),
        ("propaganda", "Агитационный", "Propaganda"),
        ("religious", "Религиозный", "Religious"),
        ("romance", "Романтика", "Romance"),
        ("satire", "Сатира", "Satire"),
        ("science-fiction", "Фантастика", "Science fiction"),
        ("short", "Короткометражный", "Short"),
        ("sport", "Спорт", "Sport"),
        ("thriller", "Триллер", "Thriller"),
        ("tragedy", "Трагедия", "Tragedy"),
        ("war", "Военный", "War"),
        ("western", "Вестерн", "Western"),
    )
)
