# The first page, films, people.

home-title = Films online
home-new = New in the catalogue
home-empty = There are no films yet.
home-shelf-new = New
film-minutes = { $n } min
film-watch = Watch
