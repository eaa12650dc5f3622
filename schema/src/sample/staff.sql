-- The company that uses the sample CRM: regions, groups, 60 users, who may see what, and what they want. None of it is random.
-- The instant of creation stands in temp.clock; day(n) is spelled strftime('%Y-%m-%dT%H:%M:%SZ', at, 'n days').

INSERT INTO region (name) VALUES ('Nord'), ('Ost'), ('West'), ('Süd'), ('Österreich'), ('Schweiz');

INSERT INTO user_group (id, name, parent_id) VALUES
    ('vertrieb', 'Vertrieb', NULL),
    ('vertrieb-nord', 'Vertrieb Nord', 'vertrieb'),
    ('vertrieb-sued', 'Vertrieb Süd', 'vertrieb'),
    ('schluesselkunden-sued', 'Schlüsselkunden Süd', 'vertrieb-sued'),
    ('vertrieb-at', 'Vertrieb Österreich', 'vertrieb'),
    ('vertrieb-ch', 'Vertrieb Schweiz', 'vertrieb'),
    ('service', 'Service', NULL),
    ('service-gesundheit', 'Service Gesundheitswesen', 'service'),
    ('marketing', 'Marketing', NULL),
    ('verwaltung', 'Verwaltung', NULL),
    ('leitung', 'Geschäftsleitung', NULL),
    ('admins', 'Administratoren', NULL);

-- home: the group joined on the first day. seat: has an address book.
CREATE TEMP TABLE staff (id TEXT, first_name TEXT, last_name TEXT, home TEXT, region TEXT, department TEXT, seat INTEGER);
INSERT INTO staff VALUES
    ('greta.albers', 'Greta', 'Albers', 'vertrieb-nord', 'Nord', 'Vertrieb', 1),
    ('hinnerk.boysen', 'Hinnerk', 'Boysen', 'vertrieb-nord', 'Nord', 'Vertrieb', 1),
    ('soenke.claussen', 'Sönke', 'Claußen', 'vertrieb-nord', 'Nord', 'Vertrieb', 1),
    ('wiebke.dircks', 'Wiebke', 'Dircks', 'vertrieb-nord', 'Nord', 'Vertrieb', 1),
    ('fiete.ehlers', 'Fiete', 'Ehlers', 'vertrieb-nord', 'Nord', 'Vertrieb', 1),
    ('juergen.feddersen', 'Jürgen', 'Feddersen', 'vertrieb-nord', 'Nord', 'Vertrieb', 0),
    ('doreen.gaertner', 'Doreen', 'Gärtner', 'vertrieb-nord', 'Ost', 'Vertrieb', 1),
    ('ronny.haehnel', 'Ronny', 'Hähnel', 'vertrieb-nord', 'Ost', 'Vertrieb', 1),
    ('mandy.irmscher', 'Mandy', 'Irmscher', 'vertrieb-nord', 'Ost', 'Vertrieb', 1),
    ('uwe.joerdens', 'Uwe', 'Jördens', 'vertrieb-nord', 'Ost', 'Vertrieb', 0),
    ('xaver.kirchner', 'Xaver', 'Kirchner', 'vertrieb-sued', 'Süd', 'Vertrieb', 1),
    ('vroni.loeffler', 'Vroni', 'Löffler', 'vertrieb-sued', 'Süd', 'Vertrieb', 1),
    ('anton.maeusle', 'Anton', 'Mäusle', 'vertrieb-sued', 'Süd', 'Vertrieb', 1),
    ('lea.neuhaeuser', 'Lea', 'Neuhäuser', 'vertrieb-sued', 'Süd', 'Ausbildung', 1),
    ('jupp.ostermann', 'Jupp', 'Ostermann', 'vertrieb-sued', 'West', 'Vertrieb', 1),
    ('marlies.paeffgen', 'Marlies', 'Päffgen', 'vertrieb-sued', 'West', 'Vertrieb', 1),
    ('ayse.quadflieg', 'Ayşe', 'Quadflieg-Öztürk', 'vertrieb-sued', 'West', 'Vertrieb', 1),
    ('tuennes.reuter', 'Tünnes', 'Reuter', 'vertrieb-sued', 'West', 'Vertrieb', 0),
    ('constanze.stauffen', 'Constanze', 'von Stauffen', 'schluesselkunden-sued', 'Süd', 'Vertrieb', 1),
    ('philipp.traub', 'Philipp', 'Traub', 'schluesselkunden-sued', 'Süd', 'Vertrieb', 1),
    ('ruth.ueberle', 'Ruth', 'Überle', 'schluesselkunden-sued', 'Süd', 'Vertrieb', 1),
    ('emre.vural', 'Emre', 'Vural', 'schluesselkunden-sued', 'West', 'Vertrieb', 1),
    ('leopold.aichinger', 'Leopold', 'Aichinger', 'vertrieb-at', 'Österreich', 'Vertrieb', 1),
    ('resi.brandstaetter', 'Resi', 'Brandstätter', 'vertrieb-at', 'Österreich', 'Vertrieb', 1),
    ('vinzenz.dorfer', 'Vinzenz', 'Dorfer', 'vertrieb-at', 'Österreich', 'Vertrieb', 0),
    ('katharina.eder', 'Katharina', 'Eder', 'vertrieb-at', 'Österreich', 'Vertrieb', 1),
    ('goran.filipovic', 'Goran', 'Filipović', 'vertrieb-at', 'Österreich', 'Vertrieb', 1),
    ('alois.gruber', 'Alois', 'Gruber', 'vertrieb-at', 'Österreich', 'Vertrieb', 1),
    ('sissi.hohenfels', 'Sissi', 'Hohenfels', 'vertrieb-at', 'Österreich', 'Vertrieb', 1),
    ('moritz.innerhofer', 'Moritz', 'Innerhofer', 'vertrieb-at', 'Österreich', 'Vertrieb', 0),
    ('reto.ammann', 'Reto', 'Ammann', 'vertrieb-ch', 'Schweiz', 'Vertrieb', 1),
    ('seraina.buehler', 'Seraina', 'Bühler', 'vertrieb-ch', 'Schweiz', 'Vertrieb', 1),
    ('urs.camenzind', 'Urs', 'Camenzind', 'vertrieb-ch', 'Schweiz', 'Vertrieb', 1),
    ('noelle.ducret', 'Noëlle', 'Ducret', 'vertrieb-ch', 'Schweiz', 'Vertrieb', 1),
    ('beat.egli', 'Beat', 'Egli', 'vertrieb-ch', 'Schweiz', 'Vertrieb', 1),
    ('tiziana.ferrari', 'Tiziana', 'Ferrari', 'vertrieb-ch', 'Schweiz', 'Vertrieb', 1),
    ('ueli.gerber', 'Ueli', 'Gerber', 'vertrieb-ch', 'Schweiz', 'Vertrieb', 1),
    ('bernd.kaluza', 'Bernd', 'Kaluza', 'service', 'Nord', 'Service', 1),
    ('silke.lohmann', 'Silke', 'Lohmann', 'service', 'Ost', 'Service', 1),
    ('thorsten.mueller', 'Thorsten', 'Müller', 'service', 'West', 'Service', 1),
    ('petra.noack', 'Petra', 'Noack', 'service', 'Süd', 'Service', 1),
    ('franz.oberhuber', 'Franz', 'Oberhuber', 'service', 'Österreich', 'Service', 0),
    ('jana.pichler', 'Jana', 'Pichler', 'service-gesundheit', 'Österreich', 'Service', 1),
    ('regula.rueegg', 'Regula', 'Rüegg', 'service-gesundheit', 'Schweiz', 'Service', 1),
    ('dirk.sauerbier', 'Dirk', 'Sauerbier', 'service-gesundheit', 'Süd', 'Service', 1),
    ('annika.thiessen', 'Annika', 'Thießen', 'service-gesundheit', 'Nord', 'Service', 1),
    ('charlotte.urban', 'Charlotte', 'Urban', 'marketing', 'Süd', 'Marketing', 1),
    ('nils.vogt', 'Nils', 'Vogt', 'marketing', 'Nord', 'Marketing', 1),
    ('zoe.wyss', 'Zoë', 'Wyss', 'marketing', 'Schweiz', 'Marketing', 1),
    ('agentur.lindgruen', 'Pia', 'Lindgrün', 'marketing', NULL, 'Agentur', 0),
    ('gisela.weiss', 'Gisela', 'Weiß', 'verwaltung', 'Süd', 'Buchhaltung', 1),
    ('horst.xanten', 'Horst', 'Xanten', 'verwaltung', 'Süd', 'Einkauf', 1),
    ('ines.yildiz', 'İnes', 'Yıldız', 'verwaltung', 'Süd', 'Personal', 0),
    ('henriette.zeller', 'Henriette', 'Zeller', 'leitung', 'Süd', 'Geschäftsleitung', 1),
    ('wolfram.adelberg', 'Wolfram', 'Edler von Adelberg', 'leitung', 'Österreich', 'Geschäftsleitung', 1),
    ('marguerite.favre', 'Marguerite', 'Favre', 'leitung', 'Schweiz', 'Geschäftsleitung', 1),
    ('klaus.hansen', 'Klaus', 'Hansen', 'leitung', 'Nord', 'Geschäftsleitung', 1),
    ('milan.jovanovic', 'Milan', 'Jovanović', 'admins', 'Süd', 'IT', 1),
    ('karin.konrad', 'Karin', 'Konrad', 'admins', 'Nord', 'IT', 0),
    ('notfall.admin', 'Notfall', 'Administration', 'admins', NULL, 'IT', 0);

INSERT INTO crm_user (id, login, first_name, last_name, mail, region, department, is_active, is_internal)
SELECT id, substr(id, 1, 1) || substr(id, instr(id, '.') + 1), first_name, last_name, id || '@seewerk.example', region, department, 1, 1 FROM staff;
UPDATE crm_user SET is_active = 0 WHERE id = 'juergen.feddersen';
UPDATE crm_user SET is_internal = 0, mail = 'pia@lindgruen.example' WHERE id = 'agentur.lindgruen';
UPDATE crm_user SET mail = NULL WHERE id = 'notfall.admin';

INSERT INTO address_book_seat (user_id, valid_from, valid_until)
SELECT id, NULL, NULL FROM staff WHERE seat = 1;

INSERT INTO group_member (user_id, group_id, valid_from, valid_until)
SELECT id, home, NULL, NULL FROM staff;
DROP TABLE staff;

-- Members of a second group: for ever, for a time, no longer, not yet.
INSERT INTO group_member (user_id, group_id, valid_from, valid_until)
SELECT user_id, group_id, strftime('%Y-%m-%dT%H:%M:%SZ', at, since), strftime('%Y-%m-%dT%H:%M:%SZ', at, till)
FROM temp.clock, (
    SELECT 'klaus.hansen' AS user_id, 'vertrieb' AS group_id, NULL AS since, NULL AS till
    UNION ALL SELECT 'goran.filipovic', 'vertrieb-sued', '-30 days', '+200 days'
    UNION ALL SELECT 'mandy.irmscher', 'vertrieb-at', '-400 days', '-35 days'
    UNION ALL SELECT 'beat.egli', 'leitung', '+60 days', NULL
);

INSERT INTO deputy (user_id, stands_for_id, valid_from, valid_until)
SELECT user_id, stands_for_id, strftime('%Y-%m-%dT%H:%M:%SZ', at, since), strftime('%Y-%m-%dT%H:%M:%SZ', at, till)
FROM temp.clock, (
    SELECT 'greta.albers' AS user_id, 'wiebke.dircks' AS stands_for_id, NULL AS since, NULL AS till
    UNION ALL SELECT 'soenke.claussen', 'doreen.gaertner', '-3 days', '+11 days'
    UNION ALL SELECT 'anton.maeusle', 'tuennes.reuter', NULL, NULL
    UNION ALL SELECT 'seraina.buehler', 'urs.camenzind', '-7 days', '+7 days'
    UNION ALL SELECT 'resi.brandstaetter', 'moritz.innerhofer', NULL, NULL
    UNION ALL SELECT 'ronny.haehnel', 'uwe.joerdens', '-60 days', '-46 days'
    UNION ALL SELECT 'katharina.eder', 'goran.filipovic', '+20 days', '+34 days'
);

INSERT INTO territory (region, group_id) VALUES
    ('Nord', 'vertrieb-nord'), ('Ost', 'vertrieb-nord'), ('Süd', 'vertrieb-sued'), ('West', 'vertrieb-sued'),
    ('Österreich', 'vertrieb-at'), ('Schweiz', 'vertrieb-ch');
INSERT INTO territory (region, group_id)
SELECT region.name, user_group.id FROM region, user_group WHERE user_group.id IN ('service', 'marketing', 'verwaltung');
INSERT INTO territory (region, user_id, valid_from, valid_until)
SELECT 'Österreich', 'vroni.loeffler', NULL, strftime('%Y-%m-%dT%H:%M:%SZ', at, '+90 days') FROM temp.clock
UNION ALL SELECT 'Süd', 'reto.ammann', strftime('%Y-%m-%dT%H:%M:%SZ', at, '-10 days'), NULL FROM temp.clock;

INSERT INTO territory_exemption (group_id) VALUES ('admins'), ('leitung');

INSERT INTO confidentiality (level, description) VALUES
    ('vip', 'Persönliche Betreuung durch die Geschäftsleitung'),
    ('gesundheit', 'Gesundheitsdaten nach Art. 9 DSGVO');
INSERT INTO confidentiality_reader (level, group_id) VALUES
    ('vip', 'leitung'), ('vip', 'schluesselkunden-sued'), ('gesundheit', 'service-gesundheit');
INSERT INTO private_phone_reader (group_id) VALUES ('leitung');
INSERT INTO mandate_reader (group_id) VALUES ('leitung'), ('schluesselkunden-sued'), ('verwaltung');

-- Six masks: everything; without revenue; marketing's; without first names (a sort key); without birthdays; the trainee's.
INSERT INTO field_right (group_id, field, may_read) VALUES
    ('service', 'contact.revenue', 0),
    ('marketing', 'contact.revenue', 0),
    ('marketing', 'contact.birthday', 0),
    ('marketing', 'contact.notes', 0),
    ('verwaltung', 'contact.first_name', 0),
    ('verwaltung', 'contact.birthday', 0),
    ('vertrieb-ch', 'contact.birthday', 0),
    ('vertrieb-nord', 'contact.birthday', 1),
    ('vertrieb-sued', 'contact.birthday', 1),
    ('vertrieb-at', 'contact.birthday', 1);
INSERT INTO field_right (user_id, field, may_read) VALUES
    ('lea.neuhaeuser', 'contact.revenue', 0),
    ('lea.neuhaeuser', 'contact.notes', 0),
    ('lea.neuhaeuser', 'phone.number', 0);
INSERT INTO field_right (user_id, field, may_read, valid_from, valid_until)
SELECT 'hinnerk.boysen', 'contact.notes', 0, strftime('%Y-%m-%dT%H:%M:%SZ', at, '-300 days'), strftime('%Y-%m-%dT%H:%M:%SZ', at, '-120 days') FROM temp.clock
UNION ALL SELECT 'agentur.lindgruen', 'postal_address.street', 0, strftime('%Y-%m-%dT%H:%M:%SZ', at, '+30 days'), NULL FROM temp.clock;

INSERT INTO address_book_filter (group_id, expression, changed_by) VALUES
    ('vertrieb', 'Betreuer = user.id OR Betreuer = ANY(user.stands_for)', 'milan.jovanovic'),
    ('schluesselkunden-sued', '''VIP'' = ANY(Kategorien) AND Region IN (''Süd'', ''West'') AND "Letzte Aktivität" >= today() - 180', 'milan.jovanovic'),
    ('vertrieb-ch', 'Land = ''Schweiz'' AND "Größe" >= 500 AND "Letzte Aktivität" >= today() - 90', 'urs.camenzind'),
    ('service', '''Servicevertrag'' = ANY(Kategorien) AND Region = user.region', 'karin.konrad'),
    ('service-gesundheit', 'Branche LIKE ''Gesundheit%'' AND Region = user.region', 'karin.konrad'),
    ('marketing', '(''Presse'' = ANY(Kategorien) AND Newsletter = TRUE) OR Position LIKE ''%marketing%''', 'charlotte.urban'),
    ('verwaltung', '''Lieferant'' = ANY(Kategorien) AND "E-Mail" IS NOT NULL AND Region IN (''Süd'', ''West'')', 'karin.konrad');

-- A user's own filter takes the place of the groups'. The first nine are broad enough to reach a cap.
INSERT INTO address_book_filter (user_id, expression, changed_by) VALUES
    ('hinnerk.boysen', 'Region = user.region', 'hinnerk.boysen'),
    ('jupp.ostermann', 'Region = user.region AND Kundennummer IS NOT NULL', 'jupp.ostermann'),
    ('leopold.aichinger', 'Region = user.region', 'leopold.aichinger'),
    ('ueli.gerber', 'Region = user.region OR Betreuer = user.id', 'ueli.gerber'),
    ('emre.vural', '"Letzte Aktivität" >= today() - 365', 'emre.vural'),
    ('henriette.zeller', 'Umsatz >= 10000', 'karin.konrad'),
    ('marguerite.favre', 'Land IN (''Schweiz'', ''Österreich'') AND NOT (''Altkunde'' = ANY(Kategorien))', 'karin.konrad'),
    ('milan.jovanovic', 'Nachname IS NOT NULL OR Firma IS NOT NULL', 'milan.jovanovic'),
    ('nils.vogt', 'Newsletter = TRUE', 'nils.vogt'),
    ('greta.albers', '(Betreuer = user.id OR Betreuer = ANY(user.stands_for)) AND "Letzte Aktivität" >= today() - 365', 'greta.albers'),
    ('fiete.ehlers', '"Straße" LIKE ''%straße%'' AND Betreuer = user.id', 'fiete.ehlers'),
    ('doreen.gaertner', 'Ort IN (''Berlin'', ''Görlitz'', ''Dresden'') AND "Letzte Aktivität" >= today() - 90', 'doreen.gaertner'),
    ('vroni.loeffler', 'Ort = ''Konstanz'' OR (Betreuer = user.id AND Umsatz BETWEEN 1000 AND 250000)', 'vroni.loeffler'),
    ('ayse.quadflieg', 'Betreuer = user.id AND Nachname BETWEEN ''A'' AND ''M''', 'ayse.quadflieg'),
    ('ruth.ueberle', '"Größe" >= 1000 AND Region = user.region AND "Letzte Aktivität" IS NOT NULL', 'ruth.ueberle'),
    ('alois.gruber', 'Nachname LIKE ''M__er'' OR Betreuer = user.id', 'alois.gruber'),
    ('urs.camenzind', 'Firma LIKE ''%technik AG'' OR Betreuer = user.id', 'urs.camenzind'),
    ('bernd.kaluza', 'Umsatz >= 250000 OR Betreuer = user.id', 'karin.konrad'),
    ('thorsten.mueller', 'Betreuer = user.id AND Mobil IS NOT NULL', 'thorsten.mueller');
