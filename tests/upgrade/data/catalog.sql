INSERT INTO catalog.film_genres (film_id, genre_id, position) VALUES
('#16', '#13', 0);

INSERT INTO catalog.film_persons (film_id, person_id, part, position, role_ru, role_en) VALUES
('#16', '#15', 'actor', 1, 'Мария', 'Maria'),
('#16', '#14', 'director', 0, NULL, NULL);

INSERT INTO catalog.films (film_id, slug, title_ru, title_en, title_original, sort_ru, sort_en, year, countries, languages, minutes, is_colour, is_silent, age, access, description_ru, description_en, public_domain, digest, created_at, updated_at, change) VALUES
('#16', 'metropolis', 'Метрополис', 'Metropolis', 'Metropolis', 'метрополис', 'metropolis', 1927, '{DE}', '{}', 153, false, true, 12, 'subscription', 'Город на двух этажах.', 'A city on two floors.', 'US: published 1927', E'\\xbcab88728dd1543d8b25e829d6af046d8f4698deefe911174f83c257f5389174', '2026-01-20 09:00Z', '2026-01-20 09:00Z', 3);

INSERT INTO catalog.genres (genre_id, slug, name_ru, name_en, sort_ru, sort_en, digest) VALUES
('#13', 'science-fiction', 'Фантастика', 'Science fiction', 'фантастика', 'science fiction', E'\\x6ea01df5e10747c261ec6e385e89b49448a3e21bb3fa706fdc33e1fca2160a18');

INSERT INTO catalog.persons (person_id, slug, name_ru, name_en, sort_ru, sort_en, digest, created_at, updated_at, change) VALUES
('#14', 'fritz-lang', 'fritz-lang', 'fritz-lang', 'lang fritz', 'lang fritz', E'\\x45a4714a031612ecd070df2befb0389ea7b7f08c9f7a18037db6065409105efc', '2026-01-20 09:00Z', '2026-01-20 09:00Z', 1),
('#15', 'brigitte-helm', 'brigitte-helm', 'brigitte-helm', 'helm brigitte', 'helm brigitte', E'\\x124c64d9e5cb66f830124a03283f3fbe6c62232e547d1fcf47f2cbde9f477d71', '2026-01-20 09:00Z', '2026-01-20 09:00Z', 2);
