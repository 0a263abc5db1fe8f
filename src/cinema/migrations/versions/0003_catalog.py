"""The tables of catalog."""

from cinema.migrations.script import run

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    run("""
CREATE SCHEMA catalog;

-- Numbers of changes, for who keeps a copy of the catalogue (an index). Writers of the
-- catalogue take one at a time, so numbers become visible in their order.
CREATE SEQUENCE catalog.changes;

-- The sort keys are made by the application, so that any collation of the database will do.
CREATE TABLE catalog.genres (
  genre_id uuid PRIMARY KEY,
  slug text NOT NULL UNIQUE CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$' AND length(slug) <= 100),
  name_ru text NOT NULL CHECK (length(name_ru) BETWEEN 1 AND 100),
  name_en text NOT NULL CHECK (length(name_en) BETWEEN 1 AND 100),
  sort_ru text COLLATE "C" NOT NULL,
  sort_en text COLLATE "C" NOT NULL,
  digest bytea NOT NULL
);

CREATE TABLE catalog.persons (
  person_id uuid PRIMARY KEY,
  slug text NOT NULL UNIQUE CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$' AND length(slug) <= 100),
  name_ru text NOT NULL CHECK (length(name_ru) BETWEEN 1 AND 200),
  name_en text NOT NULL CHECK (length(name_en) BETWEEN 1 AND 200),
  sort_ru text COLLATE "C" NOT NULL,
  sort_en text COLLATE "C" NOT NULL,
  digest bytea NOT NULL,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  change bigint NOT NULL UNIQUE
);
CREATE INDEX persons_by_name_ru ON catalog.persons (sort_ru, person_id);
CREATE INDEX persons_by_name_en ON catalog.persons (sort_en, person_id);

CREATE TABLE catalog.films (
  film_id uuid PRIMARY KEY,
  slug text NOT NULL UNIQUE CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$' AND length(slug) <= 100),
  title_ru text NOT NULL CHECK (length(title_ru) BETWEEN 1 AND 300),
  title_en text NOT NULL CHECK (length(title_en) BETWEEN 1 AND 300),
  title_original text NOT NULL CHECK (length(title_original) BETWEEN 1 AND 300),
  sort_ru text COLLATE "C" NOT NULL,
  sort_en text COLLATE "C" NOT NULL,
  year integer NOT NULL CHECK (year BETWEEN 1878 AND 2200),
  countries text[] NOT NULL CHECK (cardinality(countries) BETWEEN 1 AND 20),
  languages text[] NOT NULL CHECK (cardinality(languages) <= 20),
  minutes integer NOT NULL CHECK (minutes BETWEEN 1 AND 2000),
  is_colour boolean NOT NULL,
  is_silent boolean NOT NULL,
  age integer NOT NULL CHECK (age IN (0, 6, 12, 16, 18)),
  access text NOT NULL CHECK (access IN ('free', 'subscription')),
  description_ru text NOT NULL,
  description_en text NOT NULL,
  public_domain text NOT NULL,
  digest bytea NOT NULL,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  change bigint NOT NULL UNIQUE,
  CHECK (updated_at >= created_at)
);
CREATE INDEX films_by_title_ru ON catalog.films (sort_ru, film_id);
CREATE INDEX films_by_title_en ON catalog.films (sort_en, film_id);
CREATE INDEX films_by_year_ru ON catalog.films (year, sort_ru, film_id);
CREATE INDEX films_by_year_en ON catalog.films (year, sort_en, film_id);
CREATE INDEX films_newest_ru ON catalog.films ((-year), sort_ru, film_id);
CREATE INDEX films_newest_en ON catalog.films ((-year), sort_en, film_id);
CREATE INDEX films_by_arrival ON catalog.films (created_at, film_id);

CREATE TABLE catalog.film_genres (
  film_id uuid NOT NULL REFERENCES catalog.films,
  genre_id uuid NOT NULL REFERENCES catalog.genres,
  position integer NOT NULL CHECK (position >= 0),
  PRIMARY KEY (film_id, genre_id),
  UNIQUE (film_id, position)
);
CREATE INDEX film_genres_by_genre ON catalog.film_genres (genre_id, film_id);

CREATE TABLE catalog.film_persons (
  film_id uuid NOT NULL REFERENCES catalog.films,
  person_id uuid NOT NULL REFERENCES catalog.persons,
  part text NOT NULL CHECK (part IN ('director', 'writer', 'actor')),
  position integer NOT NULL CHECK (position >= 0),
  role_ru text,
  role_en text,
  PRIMARY KEY (film_id, part, position),
  UNIQUE (film_id, part, person_id),
  CHECK ((role_ru IS NULL) = (role_en IS NULL)),
  CHECK (part = 'actor' OR role_ru IS NULL)
);
CREATE INDEX film_persons_by_person ON catalog.film_persons (person_id, film_id);
""")
