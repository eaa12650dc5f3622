-- The domains of all rules that speak of parties, addresses and contact mechanisms, as alternatives of words: a rule accepts what fulfils
-- all words of one of its alternatives. One line per operand; an alternative that asks nothing has one without `no`.
--   expansion  takes the domain apart, item by item: AND, OR and If of PYSON in any depth. `todo` is [items, [items behind them, […]]].
--   kind       record: `path` of the record is (operator) `text` or `number`;  user: the user has `number` among his `path`;  unknown
WITH RECURSIVE expansion (rule, todo, done) AS (
    SELECT d.id, json_array(json_array(json(d.domain))), json_array()
    FROM ir_rule d JOIN ir_rule_group r ON r.id = d.rule_group
    WHERE r.perm_read AND r.model IN ('party.party', 'party.address', 'party.contact_mechanism') AND json_valid(d.domain)
    UNION ALL
    SELECT expansion.rule,
        CASE WHEN json_array_length(expansion.todo, '$[0]') = 0 THEN json_extract(expansion.todo, '$[1]')
            ELSE json_array(json_extract(branch.value, '$.first'), json_remove(expansion.todo, '$[0][0]')) END,
        CASE WHEN json_type(branch.value, '$.word') IS NULL THEN expansion.done
            ELSE json_insert(expansion.done, '$[#]', json(branch.value -> '$.word')) END
    FROM expansion
    JOIN json_each(CASE
        WHEN json_array_length(expansion.todo, '$[0]') = 0 THEN '[{"first":[]}]'
        WHEN json_type(expansion.todo, '$[0][0][0]') IN ('array', 'object') OR json_array_length(expansion.todo, '$[0][0]') = 0
            AND json_type(expansion.todo, '$[0][0]') = 'array'
            THEN json_array(json_object('first', json_extract(expansion.todo, '$[0][0]')))
        WHEN json_extract(expansion.todo, '$[0][0][0]') = 'AND' AND json_type(expansion.todo, '$[0][0][0]') = 'text'
            THEN json_array(json_object('first', json_remove(json_extract(expansion.todo, '$[0][0]'), '$[0]')))
        WHEN json_extract(expansion.todo, '$[0][0][0]') = 'OR' AND json_array_length(expansion.todo, '$[0][0]') > 1
            THEN (SELECT json_group_array(json_object('first', json_array(json(expansion.todo -> item.fullkey))))
                FROM json_each(expansion.todo, '$[0][0]') AS item WHERE item.key > 0)
        WHEN json_extract(expansion.todo, '$[0][0].__class__') = 'If'
            THEN json_array(
                json_object('word', json_object('user', json(expansion.todo -> '$[0][0].c'), 'is', 'in'),
                    'first', json_array(json(expansion.todo -> '$[0][0].t'))),
                json_object('word', json_object('user', json(expansion.todo -> '$[0][0].c'), 'is', 'not in'),
                    'first', json_array(json(expansion.todo -> '$[0][0].e'))))
        ELSE json_array(json_object('first', json_array(), 'word', json(expansion.todo -> '$[0][0]')))
        END) AS branch
    WHERE expansion.todo <> '[[]]'
),
finished AS (
    SELECT rule, row_number() OVER (PARTITION BY rule ORDER BY done) AS alternative, done FROM expansion WHERE todo = '[[]]'
),
part AS (
    SELECT a.rule, a.alternative, item.key AS no, coalesce(item.type, 'none') AS type,
        CASE WHEN item.type IN ('array', 'object') THEN item.value END AS value
    FROM finished a LEFT JOIN json_each(a.done) AS item ON true
),
-- A single condition on the other end of a relation reads like a dotted path: ["categories", "where", [["name", "=", "x"]]].
read AS (
    SELECT rule, alternative, no, type, value,
        json_array_length(value) = 3 AND json_extract(value, '$[1]') IN ('where', 'not where') AND json_array_length(value, '$[2]') = 1
            AND json_array_length(value, '$[2][0]') = 3 AND json_type(value, '$[2][0][0]') = 'text' AS is_where,
        CASE WHEN json_extract(value, '$.user.__class__') = 'Not' THEN value -> '$.user.v' ELSE value -> '$.user' END AS asked,
        CASE WHEN coalesce(json_extract(value, '$.user.__class__') = 'Not', false) = (json_extract(value, '$.is') = 'in') THEN 'not in' ELSE 'in' END AS answer
    FROM part
),
told AS (
    SELECT rule, alternative, no,
        CASE WHEN type = 'none' THEN 'none'
            WHEN type = 'array' AND json_type(value, '$[0]') = 'text' AND json_type(value, '$[1]') = 'text'
                AND (json_array_length(value) = 3 OR json_array_length(value) = 4 AND json_extract(value, '$[3]') = 'parent') THEN 'record'
            WHEN type = 'object' AND json_extract(asked, '$.__class__') = 'In' AND json_extract(asked, '$.v.__class__') = 'Eval'
                AND json_extract(asked, '$.v.v') IN ('groups', 'companies') THEN 'user'
            WHEN type = 'object' AND json_extract(asked, '$.__class__') = 'Eval' AND json_extract(asked, '$.v') = 'is_administrator' THEN 'user'
            ELSE 'unknown' END AS kind,
        CASE WHEN type = 'object' THEN CASE WHEN json_type(asked, '$.v') = 'text' THEN json_extract(asked, '$.v') ELSE json_extract(asked, '$.v.v') END
            WHEN is_where THEN json_extract(value, '$[0]') || '.' || json_extract(value, '$[2][0][0]')
            ELSE json_extract(value, '$[0]') END AS path,
        CASE WHEN type = 'object' THEN answer
            WHEN is_where THEN json_extract(value, '$[2][0][1]')
            ELSE json_extract(value, '$[1]') END AS operator,
        is_where AND json_extract(value, '$[1]') = 'not where' AS is_none_where,
        json_array_length(value) AS length,
        CASE WHEN type = 'object' THEN CASE WHEN json_type(asked, '$.k') IS NULL THEN '1' ELSE asked -> '$.k' END
            WHEN is_where THEN value -> '$[2][0][2]' ELSE value -> '$[2]' END AS operand
    FROM read
)
SELECT t.rule, t.alternative, t.no, t.kind, t.path,
    CASE WHEN t.is_none_where THEN CASE WHEN t.operator IN ('=', 'in') THEN 'none where' ELSE 'unknown' END
        WHEN t.operator IN ('child_of', 'not child_of') THEN CASE WHEN t.length = 4 THEN t.operator ELSE 'unknown' END
        WHEN t.length = 4 THEN 'unknown'
        WHEN t.operator = '=' THEN CASE WHEN t.operand = 'null' THEN 'none' ELSE 'in' END
        WHEN t.operator = '!=' THEN CASE WHEN t.operand = 'null' THEN 'some' ELSE 'not in' END
        WHEN t.operator IN ('in', 'not in', 'like') THEN t.operator ELSE 'unknown' END AS operator,
    CASE one.type WHEN 'true' THEN 'boolean' WHEN 'false' THEN 'boolean' ELSE one.type END AS type,
    CASE one.type WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' ELSE one.atom END AS text,
    CASE WHEN one.type = 'integer' THEN one.atom END AS number
FROM told t
LEFT JOIN json_each(CASE WHEN t.operator IN ('in', 'not in') AND t.kind = 'record' THEN t.operand
    WHEN t.operator IN ('child_of', 'not child_of') AND json_type(t.operand) = 'array' THEN t.operand
    WHEN t.operand IS NULL THEN '[]'
    ELSE json_array(json(t.operand)) END) AS one ON true
