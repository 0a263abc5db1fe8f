"""Which films share most with a film: directors, actors, writers, genres; of equals, those of the nearest years.

However large the catalogue is, a film is compared with a bounded number of others: with
some of each of its people, and with those of the years around it.
"""

from uuid import UUID

from cinema.catalog.store.films import item, select_items
from cinema.contracts.ids import PersonId
from cinema.contracts.text import Language
from cinema.contracts.views.catalog import SimilarFilm
from cinema.kit.db import ReadTx

BY_PERSON_MAX = 50
"""Films of one person that are compared."""

BY_YEAR_MAX = 200
"""Films of the same and later years that are compared, and as many of earlier ones."""


async def similar_films(
    tx: ReadTx,
    *,
    film_id: UUID | None,
    slug: str | None,
    language: Language,
    limit: int,
    by_person_max: int = BY_PERSON_MAX,
    by_year_max: int = BY_YEAR_MAX,
) -> tuple[SimilarFilm, ...] | None:
    """At most ``limit`` films, the most similar first, by one statement; None where the film asked about is not."""
    rows = await tx.all(SIMILAR, language, film_id, slug, limit, by_person_max, by_year_max)
    if not rows:
        return None
    return tuple(
        SimilarFilm(film=item(row, language=language), directors=tuple(PersonId(one) for one in row["directors"]))
        for row in rows
        if row["film_id"] is not None
    )


SHARED = """, ARRAY (
    SELECT own.person_id FROM catalog.film_persons AS own
    WHERE own.film_id = (SELECT film_id FROM asked) AND own.part = 'director' AND EXISTS (
      SELECT FROM catalog.film_persons AS its
      WHERE its.film_id = f.film_id AND its.part = 'director' AND its.person_id = own.person_id)
    ORDER BY own.position) AS directors"""
"""Who directed both."""

SIMILAR = f"""
WITH asked AS (SELECT film_id, year FROM catalog.films WHERE film_id = $2 OR ($2 IS NULL AND slug = $3)),
by_people AS (
  SELECT other.film_id, sum(CASE other.part WHEN 'director' THEN 5 WHEN 'actor' THEN 3 ELSE 2 END) AS points
  FROM catalog.film_persons AS own CROSS JOIN LATERAL (
    SELECT x.film_id, x.part FROM catalog.film_persons AS x
    WHERE x.person_id = own.person_id AND x.part = own.part AND x.film_id <> own.film_id
    ORDER BY x.film_id LIMIT $5) AS other
  WHERE own.film_id = (SELECT film_id FROM asked)
  GROUP BY other.film_id),
compared AS (
  SELECT film_id FROM by_people
  UNION (
    SELECT film_id FROM catalog.films WHERE year >= (SELECT year FROM asked)
    ORDER BY year, sort_ru, film_id LIMIT $6)
  UNION (
    SELECT film_id FROM catalog.films WHERE (-year) > -(SELECT year FROM asked)
    ORDER BY (-year), sort_ru, film_id LIMIT $6)),
found AS (
  SELECT c.film_id, coalesce(p.points, 0) + 2 * (
    SELECT count(*) FROM catalog.film_genres AS x WHERE x.film_id = c.film_id AND x.genre_id = ANY (
      ARRAY (SELECT genre_id FROM catalog.film_genres WHERE film_id = (SELECT film_id FROM asked)))) AS points
  FROM compared AS c LEFT JOIN by_people AS p USING (film_id)
  WHERE c.film_id <> (SELECT film_id FROM asked)),
ranked AS (
  SELECT f.film_id, row_number() OVER (
    ORDER BY found.points - abs(f.year - asked.year) / 10.0 DESC, f.film_id) AS place
  FROM asked CROSS JOIN found JOIN catalog.films AS f ON f.film_id = found.film_id
  WHERE found.points > 0)
{select_items(SHARED)} RIGHT JOIN (
  SELECT ranked.film_id, ranked.place FROM asked LEFT JOIN ranked ON ranked.place <= $4) AS x ON x.film_id = f.film_id
ORDER BY x.place
"""  # noqa: S608 - made of constants of the store
