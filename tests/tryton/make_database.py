#!/usr/bin/env python3
"""Makes a CRM database with Tryton's own software, and the oracle of what Tryton shows each of its users.

    python3 make_database.py OUT ORACLE.json [--parties N] [--seed S] [--postgres ADDRESS]

OUT is a database of SQLite, or with the address of a server of PostgreSQL the statements that make one there, as pg_dump writes them.

The tables are made by trytond's administration (modules ir, res, country, currency, party, company); every row is entered through
Tryton's models, so sequences, constraints and translations are Tryton's. The same arguments give the same contents (not the same
bytes: Tryton notes the time). `prepare` installs what this needs and calls it. people.py has the parties, rights.py users and
rights, oracle.py the answer's form.
"""
import argparse
import itertools
import json
import os
import secrets
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

NAME = "adressbote"
LANGUAGE = "de"
# Tryton's time for a batch grows with the square of its rows.
BATCH = 50


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("database", type=Path, metavar="OUT")
    parser.add_argument("oracle", type=Path, metavar="ORACLE.json")
    parser.add_argument("--parties", type=int, default=3000, metavar="N")
    parser.add_argument("--seed", type=int, default=42, metavar="S")
    parser.add_argument("--postgres", metavar="ADDRESS", help="a server on which this account may make and drop databases: postgres://USER@HOST:PORT/DATABASE")
    return parser.parse_args()


def make_tables(folder):
    """Lets trytond make an empty database with the modules activated, and an administrator with a random password."""
    from trytond import admin, commandline

    secret = folder / "password"
    secret.write_text(secrets.token_urlsafe(24))
    os.environ["TRYTONPASSFILE"] = str(secret)
    admin.run(commandline.get_parser_admin().parse_args(
            ["-d", NAME, "-u", "company", "--activate-dependencies", "--email", "admin@tryton.example"]))


def begin(folder, postgres):
    """Makes an empty database and Tryton's configuration, which it reads when it is first imported."""
    if postgres:
        import psycopg

        with psycopg.connect(postgres, autocommit=True) as server:
            server.execute(f"DROP DATABASE IF EXISTS {NAME}")
            server.execute(f"CREATE DATABASE {NAME} TEMPLATE template0 ENCODING 'UTF8'")
        database = f"uri = {postgres.rpartition('/')[0].replace('postgres://', 'postgresql://')}"
    else:
        (folder / f"{NAME}.sqlite").touch()
        database = f"uri = sqlite://\npath = {folder}"
    config = folder / "trytond.conf"
    config.write_text(f"[database]\n{database}\nlanguage = {LANGUAGE}\n")
    os.environ["TRYTOND_CONFIG"] = str(config)


def finish(folder, postgres):
    """Gives the file with the database, whole in itself."""
    if postgres:
        finished = folder / "finished.sql"
        address = f"{postgres.rpartition('/')[0]}/{NAME}"
        text = subprocess.run(["pg_dump", "--no-owner", "--no-privileges", "--rows-per-insert=500", address], check=True, capture_output=True, text=True).stdout
        # Lines that begin with a backslash are for psql alone; no text in these tables begins one.
        finished.write_text("\n".join(line for line in text.split("\n") if not line.startswith("\\")))
        return finished
    # Tryton writes ahead; a plain copy would miss what still stands in the log.
    finished = folder / "finished.sqlite"
    with sqlite3.connect(folder / f"{NAME}.sqlite") as source:
        source.execute("VACUUM INTO ?", [str(finished)])
    return finished


def enter_countries(people):
    """Enters the countries and subdivisions; gives both as {code: id}."""
    from trytond.pool import Pool

    Country, Subdivision = Pool().get("country.country"), Pool().get("country.subdivision")
    made = Country.create([{"code": code, "code3": code3, "name": name} for code, (name, code3) in people.COUNTRIES.items()])
    countries = {country.code: country.id for country in made}
    made = Subdivision.create([{"code": code, "name": name, "type": type_, "country": countries[code[:2]]}
            for code, (name, type_) in people.SUBDIVISIONS.items()])
    return countries, {subdivision.code: subdivision.id for subdivision in made}


def enter_address_formats():
    """Enters formats for addresses written in German, beside Tryton's own: a Swiss "Case postale" is a "Postfach".

    Every number gets a format of its own, if only the plain one: Tryton keeps a format that is set in its cache, and looks for one
    that is not set anew for every address.
    """
    from trytond.pool import Pool

    AddressFormat = Pool().get("party.address.format")
    kinds = ["building_number", "unit_number", "floor_number", "room_number", "private_bag", "post_office"]
    AddressFormat.copy(AddressFormat.search([("country_code", "in", ["DE", "AT", "CH", "LI"])]), {
            "language_code": LANGUAGE, "post_box_format": "Postfach {}", **{f"{kind}_format": "{}" for kind in kinds}})


def enter_categories(people):
    """Enters the categories from the root downwards; gives {path: id}."""
    from trytond.pool import Pool

    Category = Pool().get("party.category")
    made = {}
    for path, active in people.CATEGORIES.items():
        category, = Category.create([{"name": path[-1], "parent": made.get(path[:-1]), "active": active}])
        made[path] = category.id
    return made


def enter_parties(people, count, seed):
    """Enters the parties with their children; gives their ids in the order of people.parties, and the categories by their paths."""
    from trytond.pool import Pool

    Party = Pool().get("party.party")
    countries, subdivisions = enter_countries(people)
    categories = enter_categories(people)

    def values(party):
        addresses = [{**address, "country": countries.get(address["country"]), "subdivision": subdivisions.get(address["subdivision"])}
            for address in party["addresses"]]
        return {"name": party["name"], "active": party["active"], "addresses": [("create", addresses)],
            "contact_mechanisms": [("create", party["mechanisms"])],
            "categories": [("add", [categories[path] for path in party["categories"]])]}

    ids = []
    parties = people.parties(count, seed)
    while batch := list(itertools.islice(parties, BATCH)):
        ids += [party.id for party in Party.create([values(party) for party in batch])]
    return ids, categories


def merge_twins():
    """Merges the second of the two parties "Fall Doppelgänger" into the first, by Tryton's own wizard."""
    from trytond.pool import Pool

    Party = Pool().get("party.party")
    Replace = Pool().get("party.replace", type="wizard")
    kept, gone = Party.search([("name", "=", "Fall Doppelgänger")], order=[("id", "ASC")])
    session, _, _ = Replace.create()
    Replace.execute(session, {"ask": {"source": gone.id, "destination": kept.id}}, "replace")
    Replace.delete(session)


def main():
    options = arguments()
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        begin(folder, options.postgres)
        make_tables(folder)

        import oracle
        import people
        import rights
        from trytond.pool import Pool
        from trytond.transaction import Transaction
        with Transaction().start(NAME, 0, readonly=True):
            administrator, = Pool().get("res.user").search([("login", "=", "admin")])
        with Transaction().start(NAME, administrator.id, context={"language": LANGUAGE}):
            enter_address_formats()
            parties, categories = enter_parties(people, options.parties, options.seed)
            rights.enter(parties, categories)
            merge_twins()
        answer = oracle.read_all(NAME, {"parties": options.parties, "last": max(parties), "seed": options.seed})

        options.oracle.write_text(json.dumps(answer, ensure_ascii=False) + "\n")
        shutil.move(finish(folder, options.postgres), options.database)
    return 0


if __name__ == "__main__":
    sys.exit(main())
