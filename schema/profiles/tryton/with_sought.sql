-- The words that speak of records, with the entity whose rows they are looked up in: an address may ask for the categories of its party.
WITH placed AS (
    SELECT d.rule_group, r.model, w.rule, w.alternative, w.no, w.kind, w.operator, w.type, w.text, w.number,
        CASE WHEN r.model <> 'party.party' AND w.path LIKE 'party.categories%' THEN 'party.party' ELSE r.model END AS entity,
        CASE WHEN r.model <> 'party.party' AND w.path LIKE 'party.categories%' THEN substr(w.path, 7) ELSE w.path END AS path
    FROM word w
    JOIN ir_rule d ON d.id = w.rule
    JOIN ir_rule_group r ON r.id = d.rule_group
    WHERE w.kind IN ('record', 'unknown')
)
SELECT p.rule_group, p.model, p.rule, p.alternative, p.no, p.entity, p.path, p.operator, p.text, p.number,
    p.operator IN ('not in', 'none', 'none where', 'not child_of') AS is_negated,
    coalesce(p.kind = 'record' AND k.path IS NOT NULL AND CASE
        WHEN p.operator = 'in' THEN p.type IS NULL OR p.type = k.type
        -- Of many rows "not in" says that one of them is another, or that there is none.
        WHEN p.operator = 'not in' THEN NOT k.is_many AND (p.type IS NULL OR p.type = k.type)
        WHEN p.operator = 'like' THEN k.path LIKE '%postal_code' AND p.type = 'text' AND length(p.text) > 1
            AND substr(p.text, length(p.text)) = '%' AND trim(substr(p.text, 1, length(p.text) - 1), '0123456789') = ''
        WHEN p.operator = 'none where' THEN p.model = 'party.party' AND p.path IN ('categories.id', 'categories.name')
            AND (p.type IS NULL OR p.type = k.type)
        WHEN p.operator IN ('none', 'some') THEN NOT k.is_many OR p.path = 'categories'
        WHEN p.operator IN ('child_of', 'not child_of') THEN p.path = 'categories' AND p.model = 'party.party' AND (p.type IS NULL OR p.type = 'integer')
        ELSE false END, false) AS is_understood
FROM placed p
LEFT JOIN known k ON k.entity = p.entity AND k.path = p.path
