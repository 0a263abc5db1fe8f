# The first page, films, genres, people.

home-title = Films online
home-of-the-day = Film of the day
home-empty = There are no films yet.
home-shelf-new = New
home-continue = Continue watching
home-pitch = All films by subscription: { $price } { $term }. It renews only if you agree to that, and you can cancel at any time.
home-pitch-plans = Compare plans

begun-left = { $n } min left
begun-seen = { $n }% watched
begun-menu = Actions: { $title }
begun-remove = Remove from this row
begun-removed = “{ $title }” is no longer in this row. We remember where you stopped.
begun-put-back = Put it back
begun-none = Films that you began to watch will appear here.

films-title = Films
films-all = All films
films-description = The whole catalogue: silent films, noir, comedies and adventures, each with a description and a poster.
films-count = { $n ->
    [one] { $n } film
   *[other] { $n } films
}
sort-title = Order
sort-added = New here
sort-name = By title
sort-newest = Newest first
sort-oldest = Oldest first
list-first = To the beginning of the list

genres-title = Genres
genres-description = All genres of the catalogue, from noir and horror to animation and musicals.
genre-description = { $genre }: { $n ->
    [one] { $n } film
   *[other] { $n } films
} to watch online.

people-title = People of the cinema
people-description = Directors, writers and actors of the films in the catalogue.
person-description = { $name }: films to watch online, and parts in them.
person-none = There are no films of this person in the catalogue yet.
part-director = Director
part-writer = Writer
part-actor = Roles

film-minutes = { $n } min
film-watch = Watch
film-resume = Go on from { $at }
film-about = About the film
film-to-account = To your account
film-silent = silent
film-directors = { $n ->
    [one] Director
   *[other] Directors
}
film-writers = Written by
film-countries = { $n ->
    [one] Country
   *[other] Countries
}
film-languages = Language
film-no-speech = no speech, with intertitles
film-picture = Picture
film-colour = in colour
film-black-and-white = black and white
film-cast = Cast
film-similar = Similar films
film-watched = Watched to the end
film-stopped = You stopped at { $at }, { $n } min left

film-free = Free
film-free-sign-in = All you need is to sign in.
film-free-yours = Watch it as often as you like.
film-for-good = Yours for good
film-until = Yours until { $day }, { $time }
film-by-purchase = You bought this film.
film-by-rental = You rented this film.
film-by-subscription = By your subscription.
film-by-grace = We could not charge for your subscription yet, but you can watch.
film-in-plans = Included in a subscription
film-for-sale = Sold by itself
film-have-plan = Is it yours already? Sign in
film-closed = Not open now
film-not-sold = This film is neither sold nor part of a subscription yet.
block-age = This film is not for the age given in your profile.
block-dunning = Your subscription is not paid. Pay it and the film opens.
block-fraud = Your access is on hold. Write to us and we will sort it out.
block-region = We have no right to show this film in your country.

ways-title = How to watch it
price-plan = { $price } { $term }
price-rent = { $price } to rent
price-buy = { $price } for good
term-day = { $n ->
    [1] for a day
    [one] for { $n } day
   *[other] for { $n } days
}
term-month = { $n ->
    [1] for a month
    [one] for { $n } month
   *[other] for { $n } months
}
term-year = { $n ->
    [1] for a year
    [one] for { $n } year
   *[other] for { $n } years
}
term-hours = { $n ->
    [one] for { $n } hour
   *[other] for { $n } hours
}
term-days = { $n ->
    [one] for { $n } day
   *[other] for { $n } days
}
term-for-good = for good
way-plan = Subscribe
way-plan-name = Subscription “{ $name }”
way-plan-next = Opens all films of the subscription. It renews only if you agree to that, and you can cancel at any time.
way-plan-for = Subscribe for { $price }
way-rent-name = Rent it
way-rent-next = Time runs from the payment on; watch as often as you like.
way-rent = Rent for { $price }
way-buy-name = For good
way-buy-next = One payment, and the film stays yours, with a subscription or without.
way-buy = Buy for { $price }

similar-director = Also directed by { $name }
similar-genres = { $n ->
    [one] Genre in common: { $genres }
   *[other] Genres in common: { $genres }
}
similar-years = Of the same years

country-SU = USSR
country-US = USA
