"""Invented parties of Germany, Austria and Switzerland, as plain values.

Nothing here knows Tryton. `parties(count, seed)` yields dictionaries in the words of Tryton's models; the first ones are the
cases that a right, a filter or a mapping is likely to get wrong, the others are drawn at random and are the same for the same
seed. Mail domains end in .example; phone numbers are drawn from ranges kept free for fiction where a country has one.
"""
import random

FIRST = """Änne Jörg Björn Zoë Müge Łukasz René Søren Çağla Ágnes Heike Uwe Käthe Götz Lüder Ömer Ansgar Beate Cornelia Detlef
Elfriede Franz-Josef Gudrun Hans-Peter Ilse Jürgen Karin Leopold Marie-Luise Niklas Ottilie Petra Quirin Rosemarie Sepp Traudl
Ursula Volker Wiebke Xaver Yvonne Zita Reto Urs Vreni Beat Sybille Andri Ladina Gion""".split()
LAST = """Müller Schröder Weiß Groß Strauß Jäger Köhler Böhm Öztürk Özdemir Şahin Çelik Łukasiewicz Dvořák Nagy-Kovács Meier Meyer
Maier Mayr Mair Huber Gruber Wagner Pichler Steiner Moser Hofer Leitner Egger Aichinger Hämmerle Bürgi Bühler Zürcher Lüthi
Wüthrich Gerber Brunner Baumann Kälin Ammann Schmid Schmidt Schmitt Keller Vogel Krämer Brüning Hölderlin-Öchsle
d'Alembert O'Brien Le~Goff Van~den~Berg von~und~zu~Grünstein zur~Mühlen Müller-Lüdenscheidt""".split()
TITLES = ["Dr.", "Prof. Dr.", "Dipl.-Ing.", "Mag.", "DI", "Dr. med.", "lic. iur."]
TRADE = """Maschinenbau Feinmechanik Möbelhaus Gärtnerei Bäckerei Spedition Druckerei Zimmerei Weingut Käserei Uhrenmanufaktur
Elektrotechnik Kältetechnik Lüftungsbau Softwarehaus Steuerberatung Prüftechnik Skiverleih Seilbahnen Sägewerk""".split()
FORMS = {"DE": ["GmbH", "GmbH & Co. KG", "AG", "e. K.", "OHG", "UG (haftungsbeschränkt)"], "AT": ["GmbH", "Ges.m.b.H.", "KG", "e.U."],
    "CH": ["AG", "GmbH", "Sàrl", "SA"], "LI": ["AG", "Anstalt"]}

# Country, subdivision, postal code, city, area code.
PLACES = [
    ("DE", "DE-BW", "78462", "Konstanz", "7531"), ("DE", "DE-BW", "70173", "Stuttgart", "711"),
    ("DE", "DE-BY", "80331", "München", "89"), ("DE", "DE-BY", "91054", "Erlangen", "9131"),
    ("DE", "DE-BE", "10115", "Berlin", "30"), ("DE", "DE-HH", "20095", "Hamburg", "40"),
    ("DE", "DE-NW", "50667", "Köln", "221"), ("DE", None, "09111", "Chemnitz", "371"),
    ("AT", "AT-9", "1010", "Wien", "1"), ("AT", "AT-9", "1160", "Wien", "1"), ("AT", "AT-8", "6900", "Bregenz", "5574"),
    ("AT", "AT-5", "5020", "Salzburg", "662"), ("AT", "AT-6", "8010", "Graz", "316"),
    ("CH", "CH-ZH", "8001", "Zürich", "44"), ("CH", "CH-TG", "8280", "Kreuzlingen", "71"), ("CH", "CH-BE", "3011", "Bern", "31"),
    ("LI", None, "9490", "Vaduz", ""),
    ]
SUBDIVISIONS = {
    "DE-BW": ("Baden-Württemberg", "land"), "DE-BY": ("Bayern", "land"), "DE-BE": ("Berlin", "land"), "DE-HH": ("Hamburg", "land"),
    "DE-NW": ("Nordrhein-Westfalen", "land"), "AT-9": ("Wien", "state"), "AT-8": ("Vorarlberg", "state"),
    "AT-5": ("Salzburg", "state"), "AT-6": ("Steiermark", "state"), "CH-ZH": ("Zürich", "canton"),
    "CH-TG": ("Thurgau", "canton"), "CH-BE": ("Bern", "canton"),
    }
COUNTRIES = {"DE": ("Deutschland", "DEU"), "AT": ("Österreich", "AUT"), "CH": ("Schweiz", "CHE"), "LI": ("Liechtenstein", "LIE")}
STREETS = {"DE": ["Bahnhofstraße", "Straße des 17. Juni", "Obere Laube", "Müllerweg", "Große Gasse"],
    "AT": ["Mariahilfer Straße", "Währinger Gürtel", "Rathausgasse", "Am Höhenweg"], "CH": ["Bahnhofstrasse", "Seeblickstrasse",
    "Rue du Lac", "Hintergässli"], "LI": ["Städtle", "Äulestrasse"]}
PREFIX = {"DE": "49", "AT": "43", "CH": "41", "LI": "423"}

# Path of names -> active. Two categories carry the name that the global rule forbids: the second one is inactive.
CATEGORIES = {
    ("Kunde",): True, ("Kunde", "Stammkunde"): True, ("Kunde", "Stammkunde", "Österreich"): True, ("Kunde", "Neukunde"): True,
    ("Lieferant",): True, ("Lieferant", "Dienstleister"): True, ("Presse",): True, ("Messe Zürich 2024",): True,
    ("Gesperrt",): True, ("Gesperrt", "Rechtsstreit"): True,
    ("Altbestand",): False, ("Altbestand", "Gesperrt"): False, ("Altbestand", "Lieferant"): False,
    }


def ascii_of(text):
    """Writes a name as it stands in a mail address."""
    for letter, plain in zip("äöüßéèçşłøřáğ'", ["ae", "oe", "ue", "ss", "e", "e", "c", "s", "l", "o", "r", "a", "g", ""]):
        text = text.replace(letter, plain).replace(letter.upper(), plain)
    return "".join(c if c.isascii() and (c.isalnum() or c == "-") else "-" for c in text.lower()).strip("-")


class Dice:
    """Draws the parts of one party."""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def chance(self, share):
        return self.random.random() < share

    def place(self, country=None):
        """Draws a place: half of all in Germany, a quarter in Austria, a fifth in Switzerland."""
        country = country or self.random.choices(["DE", "AT", "CH", "LI"], [52, 25, 20, 3])[0]
        return self.random.choice([p for p in PLACES if p[0] == country])

    def address(self, place, **fixed):
        country, subdivision, postal_code, city, _ = place
        value = {"country": country, "subdivision": subdivision, "postal_code": postal_code, "city": city}
        street, number = self.random.choice(STREETS[country]), str(self.random.randint(1, 199)) + self.random.choice(["", "", "a", "–3"])
        shape = self.random.random()
        if shape < 0.35:
            value.update(street_unstructured=f"{street} {number}")
        elif shape < 0.45:
            value.update(street_unstructured=f"c/o {self.random.choice(LAST).replace('~', ' ')}\n{street} {number}")
        elif shape < 0.85:
            value.update(street_name=street, building_number=number)
        elif shape < 0.92:
            value.update(street_name=street, building_number=number, unit_number=str(self.random.randint(1, 40)))
        elif shape < 0.97:
            value.update(post_box=f"{self.random.randint(10, 99)} {self.random.randint(10, 99)}")
        if self.chance(0.08):
            value.update(country=None, subdivision=None)
        elif self.chance(0.2):
            value.update(subdivision=None)
        if self.chance(0.1):
            value.update(attn="z. Hd. Frau " + self.random.choice(LAST).replace("~", " "))
        if self.chance(0.05):
            value.update(party_name="Zweigstelle " + city)
        value.update(fixed)
        return value

    def number(self, place, mobile=False):
        """Draws a phone number in one of the spellings that people really use."""
        country, area = place[0], place[4]
        line = str(self.random.randint(0, 999)).zfill(3)
        if country == "DE":
            fiction = {"30": "23125", "40": "66969", "89": "99998", "221": "4710"}
            area, line = ("176", "040690" + line[:2]) if mobile else (area, fiction.get(area, "55500") + line)
        else:
            area, line = (("664" if country == "AT" else "79"), "5550" + line) if mobile else (area, "5550" + line)
        prefix = PREFIX[country]
        trunk = "" if country == "LI" else "0"
        return self.random.choice([
            f"+{prefix} {area} {line}", f"+{prefix}{area}{line}", f"00{prefix} {area} {line}", f"{trunk}{area}/{line}",
            f"{trunk}{area} {line[:-3]}-{line[-3:]}", f"({trunk}{area}) {line}", f"+{prefix} (0){area} {line}", f"{trunk}{area}.{line}",
            f"{trunk}{area} - {line[:2]} {line[2:]}", f"Tel. {trunk}{area} {line}", f"+{prefix}\u00a0{area}\u00a0{line}",
            ])

    def mechanisms(self, place, person, name):
        slug = ascii_of(name.replace("~", " "))[:40]
        values = []

        def add(type_, value, **more):
            values.append({"type": type_, "value": value, **more})

        for _ in range(self.random.choices([0, 1, 2, 3], [10, 55, 28, 7])[0]):
            add("phone", self.number(place), name=self.random.choice([None, None, "Zentrale", "Durchwahl", "privat"]))
        for _ in range(self.random.choices([0, 1, 2], [40, 50, 10])[0] if person else int(self.chance(0.15))):
            add("mobile", self.number(place, mobile=True), comment=self.random.choice([None, None, None, "nur im Notfall"]))
        if self.chance(0.3):
            add("fax", self.number(place))
        for local in self.random.sample(["info", "kontakt", slug, "büro", "Vertrieb"], self.random.choices([0, 1, 2, 3, 4], [12, 60, 20, 6, 2])[0]):
            add("email", f"{local}@{slug}.example")
        if self.chance(0.35):
            add("website", self.random.choice(["www.{}.example", "https://{}.example/über-uns", "{}.example"]).format(slug))
        if self.chance(0.08):
            add(self.random.choice(["skype", "sip", "irc", "jabber", "other"]), slug)
        if self.chance(0.02):
            add("phone", "siehe Sekretariat")
        if self.chance(0.02):
            add("email", f"{slug} (at) post.example")
        self.random.shuffle(values)
        self.scatter(values)
        return values

    def scatter(self, rows):
        """Gives child rows a sequence, or none, or the same one twice, and retires a few."""
        if self.chance(0.6):
            for row in rows:
                row["sequence"] = self.random.choice([None, 1, 2, 2, 5, 10])
        for row in rows:
            if self.chance(0.07):
                row["active"] = False

    def party(self):
        place = self.place()
        person = self.chance(0.6)
        last = self.random.choice(LAST).replace("~", " ")
        if person:
            name = f"{self.random.choice(FIRST)} {last}"
            if self.chance(0.15):
                name = f"{self.random.choice(TITLES)} {name}"
            if self.chance(0.08):
                name = f"{name}-{self.random.choice(LAST).replace('~', ' ')}"
        else:
            name = f"{last} {self.random.choice(TRADE)} {self.random.choice(FORMS[place[0]])}"
            if self.chance(0.1):
                name = f"{name}, Niederlassung {place[3]}"
        addresses = [self.address(place) for _ in range(self.random.choices([0, 1, 2, 3], [6, 62, 24, 8])[0])]
        for address in addresses[1:]:
            if self.chance(0.3):
                address.update(self.address(self.place()))
        self.scatter(addresses)
        categories = set()
        for path, share in {("Kunde",): 0.2, ("Kunde", "Stammkunde"): 0.15, ("Kunde", "Stammkunde", "Österreich"): 0.05,
                ("Kunde", "Neukunde"): 0.1, ("Lieferant",): 0.12, ("Lieferant", "Dienstleister"): 0.06, ("Presse",): 0.04,
                ("Messe Zürich 2024",): 0.2, ("Gesperrt",): 0.04, ("Gesperrt", "Rechtsstreit"): 0.01, ("Altbestand",): 0.05,
                ("Altbestand", "Gesperrt"): 0.01, ("Altbestand", "Lieferant"): 0.02}.items():
            if self.chance(share):
                categories.add(path)
        return {"name": name, "active": not self.chance(0.05), "addresses": addresses,
            "mechanisms": self.mechanisms(place, person, name if not person else last), "categories": sorted(categories)}


def cases(dice):
    """Yields the parties in which a right is decided by one detail; the names say which."""
    wien, berlin, bern = [next(p for p in PLACES if p[3] == city) for city in ("Wien", "Berlin", "Bern")]

    def case(name, addresses, categories=(), active=True, mechanisms=None):
        if mechanisms is None:
            mechanisms = [{"type": "phone", "value": "+49 30 23125 001"}, {"type": "email", "value": "fall@fall.example"}]
        return {"name": name, "active": active, "addresses": addresses, "mechanisms": mechanisms, "categories": sorted(categories)}

    yield case("Fall Adresse in Wien", [dice.address(wien, country="AT")])
    yield case("Fall nur die inaktive Adresse in Wien", [dice.address(berlin, country="DE"), dice.address(wien, country="AT", active=False)])
    yield case("Fall zweite Adresse in Wien", [dice.address(berlin, country="DE", sequence=1), dice.address(wien, country="AT", sequence=2)])
    yield case("Fall Wien und Bern", [dice.address(wien, country="AT"), dice.address(bern, country="CH")])
    yield case("Fall Wien ohne Land", [dice.address(wien, country=None, subdivision=None)])
    yield case("Fall ohne Adresse", [])
    yield case("Fall inaktiv", [dice.address(wien, country="AT")], active=False)
    yield case("Fall gesperrt in Wien", [dice.address(wien, country="AT")], [("Gesperrt",)])
    yield case("Fall gesperrt und Lieferant", [dice.address(bern, country="CH")], [("Gesperrt",), ("Lieferant",)])
    yield case("Fall unter Gesperrt, selbst nicht gesperrt", [dice.address(wien, country="AT")], [("Gesperrt", "Rechtsstreit")])
    yield case("Fall inaktive Kategorie Gesperrt", [dice.address(wien, country="AT")], [("Altbestand", "Gesperrt")])
    yield case("Fall Lieferant in Berlin", [dice.address(berlin, country="DE")], [("Lieferant",)])
    yield case("Fall inaktive Kategorie Lieferant", [dice.address(berlin, country="DE")], [("Altbestand", "Lieferant")])
    yield case("Fall unter Lieferant, selbst keiner", [dice.address(berlin, country="DE")], [("Lieferant", "Dienstleister")])
    yield case("Fall ohne Kontaktwege", [dice.address(wien, country="AT")], mechanisms=[])
    yield case("Fall erste Nummer inaktiv", [dice.address(wien, country="AT")], mechanisms=[
        {"type": "phone", "value": "+43 1 5550 001", "sequence": 1, "active": False}, {"type": "phone", "value": "+43 1 5550 002", "sequence": 2}])
    yield case("Fall Reihenfolge ohne Nummer", [dice.address(wien, country="AT")], mechanisms=[
        {"type": "phone", "value": "+43 1 5550 010", "sequence": 3}, {"type": "phone", "value": "+43 1 5550 011"},
        {"type": "phone", "value": "+43 1 5550 012", "sequence": 1}, {"type": "phone", "value": "+43 1 5550 013"}])
    yield case(None, [dice.address(wien, country="AT")])
    yield case("  Fall Leerzeichen vorn und hinten  ", [dice.address(wien, country="AT")])
    yield case("Fall sehr langer Name " + "Verwertungsgesellschaft " * 11, [dice.address(wien, country="AT")])
    yield case("Fall 🎻 'Anführung' \"doppelt\" \\ % _ ;", [dice.address(wien, country="AT")])
    yield case("Fall Doppelgänger", [dice.address(wien, country="AT")])
    yield case("Fall Doppelgänger", [dice.address(bern, country="CH")])


def parties(count, seed):
    """Yields `count` parties: the deliberate cases first, then random ones."""
    dice = Dice(seed)
    known = list(cases(dice))
    yield from known[:count]
    for _ in range(count - len(known)):
        yield dice.party()
