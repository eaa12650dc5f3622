-- A global rule group applies to everybody, administrators too: every one of them must accept the party by one of its rules.
-- One domain is understood, [["categories", "not where", [["name", "=", "Gesperrt"]]]]: no category of exactly this name, active or
-- not. A rule with another domain accepts nothing here, and doubt_rule_global.sql reports it.
WITH condition AS (
    SELECT r.id AS rule_group, d.id AS rule, json_extract(d.domain, '$[0][2][0][2]') AS operand
    FROM ir_rule_group r JOIN ir_rule d ON d.rule_group = r.id
    WHERE r.model = 'party.party' AND r.perm_read AND r.global_p
        AND json_array_length(d.domain) = 1 AND json_array_length(d.domain, '$[0]') = 3
        AND json_extract(d.domain, '$[0][0]') = 'categories' AND json_extract(d.domain, '$[0][1]') = 'not where'
        AND json_array_length(d.domain, '$[0][2]') = 1 AND json_array_length(d.domain, '$[0][2][0]') = 3
        AND json_extract(d.domain, '$[0][2][0][0]') = 'name' AND json_extract(d.domain, '$[0][2][0][1]') = '='
        AND json_type(d.domain, '$[0][2][0][2]') = 'text'
),
refusal AS (
    SELECT condition.rule_group, pc.party, count(DISTINCT condition.rule) AS rules
    FROM condition
    JOIN party_category c ON c.name = condition.operand
    JOIN "party_party-party_category" pc ON pc.category = c.id
    GROUP BY condition.rule_group, pc.party
)
SELECT p.id AS record, 'everyone' AS principal
FROM party_party p
WHERE p.active
    AND p.id NOT IN (
        SELECT party FROM refusal
        WHERE rules = (SELECT count(*) FROM condition WHERE condition.rule_group = refusal.rule_group))
    AND NOT EXISTS (
        SELECT 1 FROM ir_rule_group r JOIN ir_rule d ON d.rule_group = r.id
        WHERE r.model = 'party.party' AND r.perm_read AND r.global_p AND r.id NOT IN (SELECT rule_group FROM condition))
