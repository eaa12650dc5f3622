"""What Tryton's own ORM shows each user, read in that user's context.

The answer is one JSON object:

    tryton    version of trytond
    made      the arguments of make_database.py that made the database: parties, seed; and the highest id of a party: last
    users     one object per user (not root, which is Tryton itself): id, login, name, email, active, administrator, groups (as Tryton resolves them),
              denied (the fields of FIELDS that he may not read, as model.field), parties {party id: index into readings}
    readings  the different readings of a party: {party, addresses, contact_mechanisms, categories}; two users with the same rights to a
              party share one. A denied field is absent, an empty one is null. Children stand in Tryton's order.

A user who may not log in has no parties. Only active children are shown, categories excepted. `country` of an address is the
country's code and `subdivision` the subdivision's name in the user's language. The order of the parties is not part of the answer.
"""
import json

from trytond import __version__
from trytond.model.exceptions import AccessError
from trytond.pool import Pool
from trytond.tools import grouped_slice
from trytond.transaction import Transaction, inactive_records

FIELDS = {
    "party": ("party.party", ["name", "code"]),
    "address": ("party.address", ["sequence", "party_name", "attn", "street", "street_name", "building_number", "unit_number", "post_box",
            "street_unstructured", "postal_code", "city", "country", "subdivision"]),
    "mechanism": ("party.contact_mechanism", ["sequence", "type", "value", "name", "comment"]),
    "category": ("party.category", ["name", "rec_name", "active"]),
    }
# Tryton's time for reading computed fields grows with the square of the rows asked for.
SLICE = 200
CHILDREN = {"addresses": "address", "contact_mechanisms": "mechanism", "categories": "category"}


def is_model_open(model):
    """Tells whether the user may read any row of the model: Tryton refuses others even for no row at all."""
    try:
        Pool().get(model).read([], ["id"])
    except AccessError:
        return False
    return True


def is_open(Model, field):
    """Tells whether the user may read the field: Tryton refuses a denied one even for no row at all."""
    try:
        Model.read([], ["id", field])
    except AccessError:
        return False
    return True


def readable(kind, ids):
    """Reads all fields that the user may read: {id: {field: value}} and the names of the denied ones."""
    model, fields = FIELDS[kind]
    Model = Pool().get(model)
    opened = [field for field in fields if is_open(Model, field)]
    rows = {}
    for some in grouped_slice(ids, SLICE):
        for answer in Model.read(list(some), ["id", *opened]):
            # SQLite has no booleans of its own, and read() adds fields that nobody asked for.
            rows[answer["id"]] = {field: bool(answer[field]) if field == "active" else answer[field] for field in ["id", *opened]}
    return rows, [f"{model}.{field}" for field in fields if field not in opened]


def texts(model, field, ids):
    """Gives {id: text} of countries or subdivisions; none if the user may not read them."""
    if not is_open(Pool().get(model), field):
        return None
    return {row["id"]: row[field] for row in Pool().get(model).read(sorted(ids), ["id", field])}


def read_children(field, ids):
    """Reads the children of parties in a field: {party: [child]} and the names of denied fields. Without the right to the model or the field there are none."""
    kind = CHILDREN[field]
    model, fields = FIELDS[kind]
    Party = Pool().get("party.party")
    if not is_model_open(model) or not is_open(Party, field):
        return {}, [f"{model}.{name}" for name in fields] + [f"party.party.{field}"]
    held = {}
    for some in grouped_slice(ids, SLICE):
        held.update({row["id"]: row[field] for row in Party.read(list(some), ["id", field])})
    children, denied = readable(kind, sorted({child for row in held.values() for child in row}))
    if kind == "address":
        for name, of, text in [("country", "country.country", "code"), ("subdivision", "country.subdivision", "name")]:
            known = texts(of, text, {row[name] for row in children.values() if row.get(name)})
            if known is None:
                denied.append(f"{model}.{name}")
            for row in children.values():
                if known is None:
                    row.pop(name, None)
                elif row.get(name):
                    row[name] = known[row[name]]
    return {id_: [children[child] for child in row] for id_, row in held.items()}, denied


def read_parties():
    """Reads all parties of the running transaction's user: {party id: reading} and the names of denied fields."""
    Party = Pool().get("party.party")
    if not is_model_open("party.party"):
        return {}, []
    ids = [party.id for party in Party.search([], order=[("id", "ASC")])]
    parties, denied = readable("party", ids)
    readings = {id_: {"party": row} for id_, row in parties.items()}
    for field in CHILDREN:
        children, refused = read_children(field, ids)
        denied += refused
        for id_, reading in readings.items():
            reading[field] = children.get(id_, [])
    return readings, sorted(set(denied))


def read_all(database, made):
    """Asks Tryton for every user and gives the whole answer."""
    with Transaction().start(database, 0, readonly=True), inactive_records():
        User = Pool().get("res.user")
        users = [{"id": user.id, "login": user.login, "name": user.name, "email": user.email, "active": bool(user.active),
                "administrator": bool(user.administrator)} for user in User.search([("id", "!=", 0)], order=[("id", "ASC")])]
    pool_of_readings = {}
    for user in users:
        with Transaction().start(database, user["id"], readonly=True):
            preferences = dict(Pool().get("res.user").get_preferences(context_only=True))
            may_log_in = Pool().get("res.user")._get_login(user["login"])[0] == user["id"]
        # What the dispatcher of Tryton's server sets before it answers a client.
        with Transaction().start(database, user["id"], readonly=True, context={**preferences, "_check_access": True}):
            user["groups"] = sorted(set(Pool().get("res.user").get_groups()))
            readings, user["denied"] = read_parties() if may_log_in else ({}, [])
        user["parties"] = {}
        for id_, reading in readings.items():
            text = json.dumps(reading, ensure_ascii=False, sort_keys=True)
            user["parties"][str(id_)] = pool_of_readings.setdefault(text, len(pool_of_readings))
    return {"tryton": __version__, "made": made, "users": users, "readings": [json.loads(text) for text in pool_of_readings]}
