"""The pictures, and which of them each genre may have."""

from collections.abc import Mapping
from types import MappingProxyType

from cinema.catalog.posters.compositions import (
    film,
    games,
    hearts,
    land,
    machines,
    play,
    rooms,
    sea,
    signs,
    sky,
    town,
    ways,
)
from cinema.catalog.posters.emblems import EMBLEMS
from cinema.catalog.posters.scene import Composition

GENRE_COMPOSITIONS: Mapping[str, tuple[Composition, ...]] = MappingProxyType(
    {
        "action": (machines.train, sky.planes, sea.sails, town.skyline, signs.swords),
        "adventure": (sea.ship, land.mountains, sky.balloon, land.desert, sea.sails, land.forest, signs.swords),
        "animation": (sky.balloon, play.circus, sky.constellation, town.castle),
        "comedy": (
            play.hat,
            machines.clock,
            play.circus,
            play.masks,
            games.cards,
            ways.rain,
            play.curtain,
            sky.balloon,
            rooms.window,
            ways.road,
        ),
        "crime": (town.skyline, signs.fingerprint, signs.blinds, games.cards, ways.bridge, rooms.window),
        "documentary": (film.projector, film.filmstrip, signs.wedges, town.factory, land.field),
        "drama": (
            hearts.profiles,
            sky.rays,
            sea.lighthouse,
            hearts.flower,
            ways.trunks,
            games.chess,
            ways.road,
            ways.bridge,
            land.tree,
            rooms.window,
            hearts.cage,
            rooms.chair,
            hearts.letter,
        ),
        "experimental": (signs.wedges, signs.spiral, film.filmstrip, signs.eye),
        "family": (sky.balloon, play.circus, sky.constellation, land.tree),
        "fantasy": (town.castle, sky.constellation, land.forest, signs.eye),
        "film-noir": (signs.blinds, ways.rain, town.skyline, rooms.door, signs.spiral, ways.bridge),
        "historical": (town.columns, sky.rays, signs.swords, town.castle, sea.sails, games.chess),
        "horror": (town.castle, signs.eye, rooms.stairs, land.forest, ways.trunks, rooms.door),
        "melodrama": (hearts.flower, hearts.heart, hearts.profiles, hearts.letter, hearts.cage, land.tree),
        "musical": (play.keys, machines.gramophone, play.curtain),
        "mystery": (signs.eye, signs.fingerprint, signs.spiral, sea.lighthouse, rooms.door, rooms.stairs),
        "romance": (hearts.heart, hearts.profiles, sea.waves, hearts.flower, ways.rain, ways.bridge, hearts.letter),
        "science-fiction": (sky.rocket, machines.gears, sky.constellation),
        "short": (film.projector, film.filmstrip, signs.wedges),
        "thriller": (signs.spiral, machines.train, signs.blinds, machines.clock, signs.fingerprint, rooms.chair),
        "war": (sky.planes, land.mountains, games.chess, signs.swords),
        "western": (land.desert, machines.train, land.mountains, games.cards),
    }
)

GENRE_EMBLEMS: Mapping[str, str] = MappingProxyType(
    {
        "action": "racecar revolver katana crosshair",
        "adventure": "globe chest wagon rowboat horse",
        "animation": "pencil dragon rabbit windupdoll",
        "comedy": "tophat teacup sofa duck wateringcan cap",
        "crime": "moneybag domino handcuffs keyhole",
        "documentary": "moviecamera newspaper globe windmill",
        "drama": "candle book portrait boot hourglass",
        "experimental": "mouth razor pencil mirror",
        "family": "dog rockinghorse duck suitcase",
        "fantasy": "dragon carpet crescent witchhat",
        "film-noir": "tumbler telephone streetlamp typewriter",
        "historical": "crown shield quill cannon",
        "horror": "bat skull ghost axe graves",
        "melodrama": "vase necklace candle rings",
        "musical": "accordion microphone drum tophat",
        "mystery": "deerstalker keyhole telephone candle",
        "romance": "rings goblet lips rooftops",
        "science-fiction": "flask radiotower airship moon",
        "thriller": "crosshair telephone dagger web",
        "war": "tinhat drum cannon medal",
        "western": "cowboyhat horseshoe wagon revolver",
    }
)
"""Names of emblems that a film of the genre may have as well."""

FALLBACK: tuple[Composition, ...] = (sky.rays, film.projector, film.filmstrip, signs.wedges, play.masks)
"""For genres that nobody has drawn for yet."""

COMPOSITIONS: Mapping[str, Composition] = MappingProxyType(
    {
        picture.__name__: picture
        for pictures in (*GENRE_COMPOSITIONS.values(), FALLBACK, (town.factory, town.tower))
        for picture in pictures
    }
    | EMBLEMS
)
"""Every picture by its name."""
