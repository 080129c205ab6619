"""Data for simulated people: names, places and professions. No real person is meant.

The countries are those of the demo's payout rails. Mail ends at `example.test`, a name that RFC
6761 reserves: nothing sent there can reach anybody.
"""

from dataclasses import dataclass

MAIL_DOMAIN = "example.test"


@dataclass(frozen=True)
class Country:
    """A country with what its people have in common; codes are ISO 3166-1, ISO 639-1, IANA."""

    code: str
    time_zones: tuple[str, ...]
    languages: tuple[str, ...]
    given_names: tuple[str, ...]
    family_names: tuple[str, ...]
    universities: tuple[str, ...]


COUNTRIES = (
    Country(
        "US",
        ("America/New_York", "America/Chicago", "America/Los_Angeles"),
        ("en",),
        ("Maya", "Ethan", "Grace", "Marcus", "Elena", "Caleb", "Ruth", "Andre"),
        ("Whitfield", "Okafor", "Brennan", "Castillo", "Lindgren", "Haddad"),
        ("Harborview University", "Prairie State College"),
    ),
    Country(
        "GB",
        ("Europe/London",),
        ("en",),
        ("Imogen", "Callum", "Priya", "Rhys", "Harriet", "Owen", "Leila", "Duncan"),
        ("Ashworth", "Pemberton", "Achebe", "Sinclair", "Rahman", "Tremayne"),
        ("Severn University", "Northmoor College"),
    ),
    Country(
        "DE",
        ("Europe/Berlin",),
        ("de", "en"),
        ("Annika", "Jonas", "Katrin", "Lukas", "Greta", "Emre", "Birgit", "Matthias"),
        ("Vogelsang", "Brandt", "Kessler", "Yildirim", "Reimann", "Hofer"),
        ("Universität Elbtal", "Hochschule Nordheide"),
    ),
    Country(
        "FR",
        ("Europe/Paris",),
        ("fr", "en"),
        ("Camille", "Étienne", "Inès", "Baptiste", "Margaux", "Yanis", "Solène", "Rémi"),
        ("Lefèvre", "Marchand", "Benali", "Rousselot", "Duchesne", "Garnier"),
        ("Université du Val", "École des Coteaux"),
    ),
    Country(
        "CA",
        ("America/Toronto", "America/Vancouver"),
        ("en", "fr"),
        ("Noemi", "Liam", "Sadie", "Gabriel", "Aiyana", "Wesley", "Chloé", "Desmond"),
        ("Tremblay", "MacIsaac", "Bouchard", "Nakamura", "Fraser", "Gill"),
        ("Lakehead Institute", "Université des Rapides"),
    ),
    Country(
        "CH",
        ("Europe/Zurich",),
        ("de", "fr", "en"),
        ("Seraina", "Beat", "Flurina", "Reto", "Ladina", "Matteo", "Ursina", "Luca"),
        ("Zumthor", "Aebischer", "Bernasconi", "Caflisch", "Rochat", "Imhof"),
        ("Universität Aareberg", "Scuola del Ticino"),
    ),
)

# First part of a domain -> (kind of credential, its title, profession). Kinds: accounts.states.
PROFESSIONS: dict[str, tuple[tuple[str, str, str], ...]] = {
    "engineering": (
        ("degree", "MSc Computer Science", "software engineer"),
        ("post", "Senior Software Engineer", "software engineer"),
        ("degree", "BSc Software Engineering", "backend developer"),
    ),
    "medicine": (
        ("licence", "Licence to practise medicine", "physician"),
        ("degree", "Doctor of Medicine", "hospital doctor"),
        ("degree", "PhD Biomedical Sciences", "clinical researcher"),
    ),
}
OTHER_PROFESSIONS = (
    ("degree", "Master's degree", "researcher"),
    ("degree", "Doctorate", "lecturer"),
    ("certificate", "Professional certificate", "editor"),
)
