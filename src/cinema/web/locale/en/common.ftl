# What stands on every page.

site-name = Cinema
site-locale = en_US
site-description = Films by subscription, to rent and to keep.

skip-to-content = Skip to content
nav-main = Sections
nav-films = Films
nav-genres = Genres
nav-plans = Plans
nav-account = Account
nav-orders = Orders
nav-settings = Settings
nav-sign-in = Sign in
nav-sign-out = Sign out
nav-help = Help
nav-api = Developers
nav-support = Write to us
language-ru = Русский
language-en = English
theme = Theme:
theme-system = as the device
theme-dark = dark
theme-light = light
session-ended = Your session is over. Sign in again: what you typed is kept.

development = Development
development-note = This is a development installation.
development-money = No real money moves.
development-mailbox = Mailbox
development-cards = Test cards
development-who = You are { $login } ({ $roles })

form-wrong = Please check these fields
list-more = Show more

shelf-all = All
shelf-back = Back
shelf-on = On
shelf-skip = Skip this row

offline-title = No connection
offline-text = We cannot be reached: check your network, and try again when it is back.

trouble-title = That did not work
trouble-not-found = There is no such page
trouble-forbidden = You may not go here
trouble-ours = Something broke on our side
trouble-nothing-charged = Nothing was charged.
trouble-again = Try again
trouble-home = To the first page
trouble-request = Request number: { $id }
form-blank = Please fill this in.
