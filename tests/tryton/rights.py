"""The users, groups, record rules and field accesses of the test database, and how they are entered into Tryton.

Each line is there to decide something; the comments say what. Keys of GROUPS, RULE_GROUPS and USERS are their names.
"""
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
    }

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
    }

# Model, field, group (None = everybody), perm_read, active.
FIELD_ACCESSES = [
    ("party.contact_mechanism", "value", "Praktikum", False, True),  # the hidden field
    ("party.contact_mechanism", "value", "Einkauf", True, True),  # lifts it for whoever is in both
    ("party.party", "code", None, False, True),  # hidden from everybody
    ("party.party", "code", "Vertrieb", True, True),  # but not from sales and the teams below
    ("party.address", "city", "Auflösung Schweiz", False, True),  # an inactive group denies nothing
    ("party.party", "name", None, False, False),  # an inactive line denies nothing
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
    }


def mail_of(login):
    """Gives the mail address of a user."""
    return login.translate(str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})) + "@tryton.example"


def enter():
    """Enters everything above through Tryton's models, in the running transaction."""
    pool = Pool()
    Group = pool.get("res.group")
    User = pool.get("res.user")
    RuleGroup = pool.get("ir.rule.group")
    FieldAccess = pool.get("ir.model.field.access")

    groups = {}
    for name, (parent, active) in GROUPS.items():
        groups[name], = Group.create([{"name": name, "parent": groups[parent].id if parent else None, "active": active}])
    RuleGroup.create([{
                "name": name, "model": "party.party", "global_p": global_p, "default_p": False, "perm_read": perm_read,
                "groups": [("add", [groups[group].id for group in names])],
                "rules": [("create", [{"domain": domain} for domain in domains])],
                } for name, (global_p, perm_read, names, domains) in RULE_GROUPS.items()])
    FieldAccess.create([{
                "model": model, "field": field, "group": groups[group].id if group else None, "perm_read": perm_read, "active": active,
                } for model, field, group, perm_read, active in FIELD_ACCESSES])
    User.create([{
                "login": login, "name": name, "email": mail_of(login), "active": active, "administrator": administrator,
                "groups": [("add", [groups[group].id for group in names])],
                } for login, (name, names, active, administrator) in USERS.items()])
