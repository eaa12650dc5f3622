"""The users, groups, companies, record rules, model and field accesses of the test database, and how they are entered into Tryton.

Each line is there to decide something; the comments say what. Keys of GROUPS, RULE_GROUPS and USERS are their names. Domains stand as
Tryton's client stores them, JSON; `category(…)`, `group(…)`, `company(…)` and `user(…)` in them become ids.
"""
import json
import re

from trytond.pool import Pool

# Name -> parent, active. A member of a group is a member of all its ancestors too.
GROUPS = {
    "Vertrieb": (None, True),
    "Vertrieb Österreich": ("Vertrieb", True),
    "Team Wien": ("Vertrieb Österreich", True),
    "Vertrieb Schweiz": ("Vertrieb", True),
    "Auflösung Schweiz": ("Vertrieb Schweiz", False),  # dropped itself, but what it inherits stays
    "Einkauf": (None, True),
    "Praktikum": (None, True),
    "Empfang": (None, True),  # no rule applies to its members: they see all but what the global rule hides
    "Gebiete": (None, True),
    "Gebiet PLZ 1": ("Gebiete", True),
    "Kundenpflege": (None, True),
    "Neukunden": (None, True),
    "Ausnahmen": (None, True),
    "Innendienst": (None, True),
    "Revision": (None, True),  # its rule group has no rule and so shows everything
    "Außendienst": (None, True),  # rules of addresses
    "Datensparsam": (None, True),  # rules of contact mechanisms
    "Ohne Kontaktwege": (None, True),  # model access
    "Ohne Adressen": (None, True),
    "Ohne Kategorien": (None, True),
    "Ohne Länder": (None, True),
    "Ohne Parteien": (None, True),
    "Leserecht": (None, True),
    "Vertrauliches": (None, True),  # field access
    "Vertrauliches verboten": (None, True),
    }

# The names of the companies are parties, by their place among them.
COMPANIES = {"Haupthaus": 60, "Tochter": 61}

# Name -> global, perm_read, groups, domains on party.party (as Tryton's client stores them: JSON).
RULE_GROUPS = {
    "Region Österreich": (False, True, ["Vertrieb Österreich"], ['[["addresses.country.code", "=", "AT"]]']),
    "Region Schweiz und Liechtenstein": (False, True, ["Vertrieb Schweiz"], [
        '[["addresses.country.code", "=", "CH"]]', '[["addresses.country.code","=","LI"]]']),
    "Lieferanten": (False, True, ["Einkauf"], ['[["categories.name", "=", "Lieferant"]]']),
    # Belongs to an inactive group: counts for administrators only.
    "Presse": (False, True, ["Auflösung Schweiz"], ['[["categories.name", "=", "Presse"]]']),
    # Says nothing about reading: ignored, and does not make "no rule applies" untrue.
    "Nur eigene Region ändern": (False, False, ["Empfang", "Praktikum"], ['[["addresses.country.code", "=", "DE"]]']),
    "Gesperrte sieht niemand": (True, True, [], ['[["categories", "not where", [["name", "=", "Gesperrt"]]]]']),
    # More than one condition, in any depth.
    "PLZ 1": (False, True, ["Gebiet PLZ 1"], ['[["addresses.postal_code", "like", "1%"]]']),
    "Gebiete": (False, True, ["Gebiete"], ['[["addresses.subdivision.code", "in", ["DE-BY", "CH-ZH"]], ["categories", "=", null]]']),
    "Kundenbaum": (False, True, ["Kundenpflege"], [
        '[["categories", "child_of", [category("Kunde")], "parent"], ["OR", ["addresses.country.code", "in", ["DE", "LI"]],'
        ' ["AND", ["addresses.city", "=", "Wien"], ["code", "!=", "7"]]]]',
        '["OR", [["categories", "=", category("Presse")], ["active", "=", true]], ["name", "=", "Fall Doppelgänger"]]']),
    "Neukunden": (False, True, ["Neukunden"], [
        '[["categories", "where", [["name", "=", "Neukunde"]]], ["categories", "not child_of", [category("Lieferant")], "parent"],'
        ' ["id", "not in", [40, 41, 42]]]']),
    "Ausnahmen": (False, True, ["Ausnahmen"], ['[["id", "in", [1, 2, 3, 30, 31]]]', '[["code", "in", ["50", "51"]], ["replaced_by", "=", null]]', '[["create_uid", "!=", user("admin")]]']),
    # What a user is, beside what his groups are.
    "Innendienst": (False, True, ["Innendienst"], [
        '[{"__class__": "If", "c": {"__class__": "In", "k": company("Haupthaus"), "v": {"__class__": "Eval", "v": "companies", "d": []}},'
        ' "t": [["addresses.country.code", "=", "DE"]], "e": [["addresses.country.code", "=", "CH"]]}]',
        '[{"__class__": "If", "c": {"__class__": "Not", "v": {"__class__": "In", "k": company("Tochter"),'
        ' "v": {"__class__": "Eval", "v": "companies", "d": []}}}, "t": [["id", "=", 5]], "e": ["categories", "!=", null]}]']),
    "Presse nicht für das Praktikum": (True, True, [], [
        '[{"__class__": "If", "c": {"__class__": "In", "k": group("Praktikum"), "v": {"__class__": "Eval", "v": "groups", "d": []}},'
        ' "t": [["categories", "not where", [["name", "=", "Presse"]]]], "e": []}]']),
    "Alles": (False, False, ["Revision"], []),
    }

# The same for other models.
CHILD_RULE_GROUPS = {
    "Adressen DACH": ("party.address", False, ["Außendienst"], ['[["country.code", "in", ["AT", "CH"]]]', '[["postal_code", "like", "78%"]]']),
    "Adressen der Kunden": ("party.address", False, ["Kundenpflege", "Empfang"], ['[["party.categories.name", "=", "Kunde"], ["subdivision.code", "!=", "DE-BW"]]']),
    "Graz nur für Administratoren": ("party.address", True, [], [
        '{"__class__": "If", "c": {"__class__": "Eval", "v": "is_administrator", "d": false}, "t": [], "e": ["city", "!=", "Graz"]}']),
    "Keine Mobilnummern": ("party.contact_mechanism", False, ["Datensparsam"], ['[["type", "not in", ["mobile", "fax"]], ["party", "!=", 20]]']),
    "Benannte": ("party.contact_mechanism", False, ["Empfang"], ['[["name", "!=", null]]', '[["type", "=", "email"]]']),
    "Kein IRC": ("party.contact_mechanism", True, [], ['[["type", "!=", "irc"]]', '[["party.categories", "in", [category("Kunde")]]]']),
    "Jedem die Website": ("party.contact_mechanism", None, [], ['[["type", "=", "website"]]']),  # by default
    "Alle Adressen": ("party.address", False, ["Revision"], []),
    }

# Model, group (None = everybody), perm_read, active. The lines that Tryton brings along for everybody are taken back first.
MODEL_ACCESSES = [
    ("party.contact_mechanism", "Ohne Kontaktwege", False, True),
    ("party.contact_mechanism", "Einkauf", True, True),  # lifts it
    ("party.address", "Ohne Adressen", False, True),
    ("party.party", "Leserecht", True, True),  # lifts both, because addresses obey the access to parties too
    ("party.party", "Ohne Parteien", False, True),
    ("party.party", "Empfang", False, False),  # an inactive line denies nothing
    ("party.category", "Ohne Kategorien", False, True),
    ("country.country", "Ohne Länder", False, True),
    ("country.subdivision", "Ohne Länder", False, True),
    ("country.subdivision", None, True, True),  # lifts it for everybody
    ]

# Model, field, group (None = everybody), perm_read, active.
FIELD_ACCESSES = [
    ("party.contact_mechanism", "value", "Praktikum", False, True),  # the hidden field
    ("party.contact_mechanism", "value", "Einkauf", True, True),  # lifts it for whoever is in both
    ("party.party", "code", None, False, True),  # hidden from everybody
    ("party.party", "code", "Vertrieb", True, True),  # but not from sales and the teams below
    ("party.address", "city", "Auflösung Schweiz", False, True),  # an inactive group denies nothing
    ("party.party", "name", None, False, False),  # an inactive line denies nothing
    ("party.address", "street", "Vertrauliches verboten", False, True),
    ("party.address", "street", "Vertrauliches", True, True),  # an explicit "yes" wins
    ("party.party", "name", "Vertrauliches verboten", False, True),
    ("party.party", "addresses", "Ohne Länder", False, True),
    ("party.category", "name", "Vertrauliches verboten", False, True),
    ("party.contact_mechanism", "comment", "Vertrauliches", False, True),
    ]

# Login -> name, groups, active, administrator. The administrator `admin` is made by trytond-admin.
USERS = {
    "anna.huber": ("Anna Huber", ["Vertrieb Österreich"], True, False),
    "beat.keller": ("Beat Keller", ["Vertrieb Schweiz"], True, False),
    "carla.wagner": ("Carla Wagner", ["Team Wien"], True, False),  # the rule and the code come through two levels
    "dirk.meier": ("Dirk Meier", ["Team Wien", "Vertrieb Schweiz"], True, False),  # both regions
    "elif.özdemir": ("Elif Özdemir", ["Einkauf"], True, False),
    "felix.jäger": ("Felix Jäger", ["Praktikum", "Vertrieb Österreich"], True, False),  # no values of contact mechanisms
    "gerda.groß": ("Gerda Groß", ["Praktikum", "Einkauf", "Vertrieb Schweiz"], True, False),  # denial lifted
    "hans.moser": ("Hans Moser", ["Praktikum"], True, False),  # no region, no values
    "ines.vogel": ("Ines Vogel", [], True, False),  # no group at all
    "jens.alt": ("Jens Alt", ["Vertrieb Österreich"], False, False),  # left the company
    "karin.bühler": ("Karin Bühler", ["Auflösung Schweiz"], True, False),  # an inactive group below an active one
    "lena.strauß": ("Lena Strauß", ["Empfang"], True, False),
    "max.chef": ("Max Chef", ["Praktikum"], True, True),  # field access does not apply to an administrator
    "nora.plz": ("Nora Plz", ["Gebiet PLZ 1"], True, False),  # the rule of the group above, too
    "otto.kunde": ("Otto Kunde", ["Kundenpflege"], True, False),
    "paula.neu": ("Paula Neu", ["Neukunden", "Außendienst"], True, False),  # rules of parties and of addresses: the party's suffice
    "quirin.ausnahme": ("Quirin Ausnahme", ["Ausnahmen", "Datensparsam"], True, False),
    "rosa.haupt": ("Rosa Haupt", ["Innendienst"], True, False),
    "sepp.tochter": ("Sepp Tochter", ["Innendienst", "Praktikum"], True, False),
    "tina.beide": ("Tina Beide", ["Innendienst"], True, False),
    "udo.ohne": ("Udo Ohne", ["Innendienst"], True, False),  # no company
    "vera.revision": ("Vera Revision", ["Revision", "Einkauf"], True, False),
    "willi.aussen": ("Willi Außen", ["Außendienst"], True, False),  # rules of addresses alone
    "xenia.sparsam": ("Xenia Sparsam", ["Datensparsam"], True, False),
    "yann.still": ("Yann Still", ["Ohne Kontaktwege", "Ohne Kategorien"], True, False),
    "zita.laut": ("Zita Laut", ["Ohne Kontaktwege", "Einkauf"], True, False),
    "arno.ort": ("Arno Ort", ["Ohne Adressen", "Außendienst"], True, False),
    "berta.blind": ("Berta Blind", ["Ohne Parteien", "Ohne Adressen"], True, False),  # sees nothing
    "carl.lesend": ("Carl Lesend", ["Ohne Parteien", "Ohne Adressen", "Ohne Kontaktwege", "Leserecht"], True, False),
    "dora.land": ("Dora Land", ["Ohne Länder", "Vertrieb Österreich"], True, False),
    "emil.geheim": ("Emil Geheim", ["Vertrauliches verboten"], True, False),
    "frieda.darf": ("Frieda Darf", ["Vertrauliches verboten", "Vertrauliches", "Revision"], True, False),
    "gustav.admin": ("Gustav Admin", ["Ohne Parteien", "Ohne Kontaktwege", "Vertrauliches verboten"], True, True),
    "hilde.fort": ("Hilde Fort", ["Revision"], False, True),  # left the company, an administrator
    }

# Login -> companies, the present one, whether all of them count.
OFFICES = {
    "rosa.haupt": (["Haupthaus"], "Haupthaus", "one"),
    "sepp.tochter": (["Haupthaus", "Tochter"], "Tochter", "one"),
    "tina.beide": (["Haupthaus", "Tochter"], "Tochter", "all"),
    "vera.revision": (["Tochter"], None, "all"),
    }


def mail_of(login):
    """Gives the mail address of a user."""
    return login.translate(str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})) + "@tryton.example"


def enter(parties, categories):
    """Enters everything above through Tryton's models, in the running transaction; gets the parties' ids and the categories' by their paths."""
    pool = Pool()
    Group = pool.get("res.group")
    FieldAccess = pool.get("ir.model.field.access")

    groups = {}
    for name, (parent, active) in GROUPS.items():
        groups[name], = Group.create([{"name": name, "parent": groups[parent].id if parent else None, "active": active}])
    companies = enter_companies(parties)
    ids = {"group": lambda name: groups[name].id, "company": companies.__getitem__, "category": lambda *path: categories[path],
        "user": lambda login: pool.get("res.user").search([("login", "=", login)])[0].id}

    def domain(text):
        """Gives the domain with ids for names."""
        text = re.sub(r'(group|company|category|user)\(([^()]*)\)', lambda found: str(ids[found[1]](*json.loads(f"[{found[2]}]"))), text)
        json.loads(text)
        return text

    def rule_group(name, model, global_p, default_p, perm_read, members, domains):
        return {"name": name, "model": model, "global_p": global_p, "default_p": default_p, "perm_read": perm_read,
            "groups": [("add", [groups[group].id for group in members])], "rules": [("create", [{"domain": domain(text)} for text in domains])]}

    pool.get("ir.rule.group").create(
        [rule_group(name, "party.party", global_p, False, perm_read, members, domains)
            for name, (global_p, perm_read, members, domains) in RULE_GROUPS.items()]
        + [rule_group(name, model, bool(global_p), global_p is None, True, members, domains)
            for name, (model, global_p, members, domains) in CHILD_RULE_GROUPS.items()])
    enter_model_accesses(groups)
    FieldAccess.create([{
                "model": model, "field": field, "group": groups[group].id if group else None, "perm_read": perm_read, "active": active,
                } for model, field, group, perm_read, active in FIELD_ACCESSES])
    enter_users(groups, companies)


def enter_companies(parties):
    """Enters the companies; gives {name: id}."""
    pool = Pool()
    currency, = pool.get("currency.currency").create([{"name": "Euro", "symbol": "€", "code": "EUR"}])
    made = pool.get("company.company").create([{"party": parties[place], "currency": currency.id} for place in COMPANIES.values()])
    return {name: company.id for name, company in zip(COMPANIES, made)}


def enter_model_accesses(groups):
    """Takes back what Tryton allows everybody by itself, then enters the lines above."""
    ModelAccess = Pool().get("ir.model.access")
    models = sorted({model for model, *_ in MODEL_ACCESSES})
    ModelAccess.write(ModelAccess.search([("model", "in", models)]), {"active": False})
    ModelAccess.create([{
                "model": model, "group": groups[group].id if group else None, "perm_read": perm_read, "active": active,
                } for model, group, perm_read, active in MODEL_ACCESSES])


def enter_users(groups, companies):
    """Enters the users, each in his companies."""
    User = Pool().get("res.user")
    for login, (name, members, active, administrator) in USERS.items():
        held, present, company_filter = OFFICES.get(login, ([], None, "one"))
        User.create([{
                    "login": login, "name": name, "email": mail_of(login), "active": active, "administrator": administrator,
                    "groups": [("add", [groups[group].id for group in members])],
                    "companies": [("add", [companies[company] for company in held])],
                    "company": companies[present] if present else None, "company_filter": company_filter,
                    }])
