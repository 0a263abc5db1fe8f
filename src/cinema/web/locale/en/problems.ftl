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
