"""Pictures picked by hand: films whose subject everybody knows get the picture that says it."""

from collections.abc import Mapping
from types import MappingProxyType

PICKED: Mapping[str, str] = MappingProxyType(
    {
        "balloon": "the-extraordinary-adventures-of-mr-west gullivers-travels-1939 peter-pan-1924",
        "blinds": "les-vampires underworld-1927 kansas-city-confidential the-stranger-1946",
        "bridge": "bed-and-sofa the-docks-of-new-york a-woman-of-paris 7th-heaven anna-christie-1930",
        "cards": "dr-mabuse-the-gambler the-queen-of-spades-1910 the-queen-of-spades-1916 one-eyed-jacks charade",
        "castle": "haxan the-house-of-the-devil nosferatu die-nibelungen-kriemhilds-revenge white-zombie the-doll",
        "chess": "chess-fever",
        "circus": "the-circus variety he-who-gets-slapped the-unholy-three-1925 the-unknown",
        "clock": "safety-last doa speedy",
        "columns": "cabiria intolerance ben-hur-1925 l-atlantide-1921 the-ten-commandments-1923 the-light-of-asia",
        "curtain": "the-blue-angel the-phantom-of-the-opera-1925 a-star-is-born-1937 royal-wedding the-oyster-princess",
        "desert": "angel-and-the-badman hells-hinges greed the-snows-of-kilimanjaro",
        "door": "house-on-haunted-hill suspense the-lodger scarlet-street",
        "eye": "man-with-a-movie-camera kino-eye un-chien-andalou",
        "factory": "strike the-end-of-st-petersburg shoes",
        "field": "earth-1930 a-corner-in-wheat the-plow-that-broke-the-plains way-down-east",
        "filmstrip": "sherlock-jr",
        "fingerprint": "the-hands-of-orlac fantomas-in-the-shadow-of-the-guillotine terror-by-night",
        "flower": "the-little-shop-of-horrors-1960 the-dying-swan pandoras-box",
        "forest": "die-nibelungen-siegfried by-the-law the-most-dangerous-game robin-hood-1922",
        "gears": "metropolis aelita ballet-mecanique",
        "hat": "the-kid the-immigrant the-tramp kid-auto-races-at-venice the-man-with-the-rubber-head",
        "lighthouse": "filibus",
        "masks": "the-man-who-laughs the-last-command warning-shadows",
        "mountains": "nanook-of-the-north the-gold-rush the-conquest-of-the-pole grass-1925 the-outlaw-and-his-wife",
        "planes": "wings hells-angels",
        "projector": "the-cameraman the-cameramans-revenge workers-leaving-the-lumiere-factory",
        "rain": "rain-1929 the-last-time-i-saw-paris",
        "rays": "raja-harishchandra napoleon-1927",
        "road": "detour the-hitch-hiker souls-on-the-road the-big-trail people-on-sunday",
        "rocket": "a-trip-to-the-moon woman-in-the-moon a-trip-to-mars-1918 interplanetary-revolution",
        "sails": "the-black-pirate stenka-razin sir-arnes-treasure",
        "ship": "battleship-potemkin the-navigator twenty-thousand-leagues-under-the-sea-1916",
        "skyline": "manhatta berlin-symphony-of-a-great-city the-crowd regeneration",
        "spiral": "a-page-of-madness entracte dementia-13 carnival-of-souls",
        "stairs": "the-cabinet-of-dr-caligari waxworks dr-jekyll-and-mr-hyde-1920",
        "swords": "the-mark-of-zorro the-hussar-of-death cyrano-de-bergerac-1950 hamlet-1921 the-eagle orochi",
        "tower": "under-the-roofs-of-paris the-crazy-ray crainquebille the-hunchback-of-notre-dame-1923",
        "train": "the-general the-arrival-of-a-train-at-la-ciotat the-great-train-robbery turksib la-roue",
        "tree": "falling-leaves life-with-father",
        "trunks": "the-passion-of-joan-of-arc defence-of-sevastopol",
        "waves": "the-toll-of-the-sea the-dragon-painter a-man-there-was steamboat-bill-jr",
        "window": "the-cat-and-the-canary-1927 the-joyless-street",
    }
)
"""Names of compositions, each with the slugs of its films."""
