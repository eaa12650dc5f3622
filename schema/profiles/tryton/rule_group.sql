-- Who is under a rule group that is not global sees what one of its rules accepts, or one of another rule group that applies to him.
-- Two domains are understood, each of one condition; doubt_rule_group.sql reports all others:
--   [["addresses.country.code", "=", "AT"]]      an active address in a country
--   [["categories.name", "=", "Lieferant"]]      a category of exactly this name, active or not
WITH condition AS (
    SELECT r.id AS rule_group, json_extract(d.domain, '$[0][0]') AS path, json_extract(d.domain, '$[0][2]') AS operand
    FROM ir_rule_group r JOIN ir_rule d ON d.rule_group = r.id
    WHERE r.model = 'party.party' AND r.perm_read AND NOT r.global_p
        AND json_array_length(d.domain) = 1 AND json_array_length(d.domain, '$[0]') = 3
        AND json_extract(d.domain, '$[0][1]') = '=' AND json_type(d.domain, '$[0][2]') = 'text'
)
SELECT a.party AS record, 'rule_group:' || condition.rule_group AS principal
FROM condition
JOIN country_country c ON c.code = condition.operand
JOIN party_address a ON a.country = c.id AND a.active
WHERE condition.path = 'addresses.country.code'
UNION
SELECT pc.party, 'rule_group:' || condition.rule_group
FROM condition
JOIN party_category c ON c.name = condition.operand
JOIN "party_party-party_category" pc ON pc.category = c.id
WHERE condition.path = 'categories.name'
