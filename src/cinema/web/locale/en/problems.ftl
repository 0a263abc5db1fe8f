# What went wrong, by the code that the API answers too.

problem-unknown = Something is not right. Try again, and write to us if it does not help.
problem-page-not-found = The address may be mistyped, or the page has moved.
problem-internal-error = We know of it already. Try again a little later.
problem-unavailable = A service that we need does not answer. Try again a little later.
problem-cross-site = This form was opened from another site. Open the page again.
problem-form-unreadable = This form could not be read. Open the page again.
problem-film-not-found = We have no such film: the link may be old.
problem-genre-not-found = We have no such genre.
problem-person-not-found = This person is not in our catalogue.
problem-cursor-invalid = This link leads into a list that is no more. Open the list from its beginning.

# Signing in and up.
problem-credentials-wrong = The login or the password is wrong. Check the keyboard's language and capital letters.
problem-rate-limited = Too many tries in a row. Try again { $wait }.
problem-sign-in-busy = Too many people are signing in just now. Try again { $wait }.
problem-email-invalid = There seems to be a mistake in the address. It should look like name@example.org.
problem-login-invalid = A login has 3 to 32 Latin letters, digits, dots, hyphens and underscores, and begins with a letter.
problem-login-taken = This login is taken. Choose another.
problem-password-common = This password is among the first that are tried. Choose another.
problem-password-length = A password has 8 to 128 characters.
problem-password-personal = A password must not be your login or your e-mail address.
problem-password-unreadable = The password has a character that does not exist. Type it again.
problem-time-zone-unknown = We do not know this time zone. Choose another.
problem-position-not-found = This film is not among those that you began to watch.
