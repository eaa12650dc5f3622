-- The same as with_word.sql, where everything is explained, in the words of PostgreSQL.
WITH RECURSIVE expansion (rule, todo, done) AS (
    SELECT d.id, jsonb_build_array(jsonb_build_array(d.domain::jsonb)), '[]'::jsonb
    FROM ir_rule d JOIN ir_rule_group r ON r.id = d.rule_group
    WHERE r.perm_read AND r.model IN ('party.party', 'party.address', 'party.contact_mechanism')
    UNION ALL
    SELECT expansion.rule,
        CASE WHEN expansion.todo -> 0 = '[]' THEN expansion.todo -> 1
            ELSE jsonb_build_array(branch.value -> 'first', expansion.todo #- '{0,0}') END,
        CASE WHEN branch.value -> 'word' IS NULL THEN expansion.done ELSE expansion.done || jsonb_build_array(branch.value -> 'word') END
    FROM expansion
    CROSS JOIN LATERAL jsonb_array_elements(CASE
        WHEN expansion.todo -> 0 = '[]' THEN '[{"first":[]}]'
        WHEN jsonb_typeof(expansion.todo #> '{0,0,0}') IN ('array', 'object') OR expansion.todo #> '{0,0}' = '[]'
            THEN jsonb_build_array(jsonb_build_object('first', expansion.todo #> '{0,0}'))
        WHEN expansion.todo #> '{0,0,0}' = '"AND"'
            THEN jsonb_build_array(jsonb_build_object('first', (expansion.todo #> '{0,0}') - 0))
        WHEN expansion.todo #> '{0,0,0}' = '"OR"' AND expansion.todo #> '{0,0,1}' IS NOT NULL
            THEN (SELECT jsonb_agg(jsonb_build_object('first', jsonb_build_array(item.value)))
                FROM jsonb_array_elements((expansion.todo #> '{0,0}') - 0) AS item)
        WHEN expansion.todo #> '{0,0,__class__}' = '"If"'
            THEN jsonb_build_array(
                jsonb_build_object('word', jsonb_build_object('user', expansion.todo #> '{0,0,c}', 'is', 'in'),
                    'first', jsonb_build_array(expansion.todo #> '{0,0,t}')),
                jsonb_build_object('word', jsonb_build_object('user', expansion.todo #> '{0,0,c}', 'is', 'not in'),
                    'first', jsonb_build_array(expansion.todo #> '{0,0,e}')))
        ELSE jsonb_build_array(jsonb_build_object('first', '[]'::jsonb, 'word', expansion.todo #> '{0,0}'))
        END) AS branch
    WHERE expansion.todo <> '[[]]'
),
finished AS (
    SELECT rule, row_number() OVER (PARTITION BY rule ORDER BY done) AS alternative, done FROM expansion WHERE todo = '[[]]'
),
part AS (
    SELECT a.rule, a.alternative, item.place AS no, coalesce(jsonb_typeof(item.value), 'none') AS type,
        CASE WHEN jsonb_typeof(item.value) IN ('array', 'object') THEN item.value END AS value,
        CASE WHEN jsonb_typeof(item.value) = 'array' THEN jsonb_array_length(item.value) END AS length
    FROM finished a LEFT JOIN LATERAL jsonb_array_elements(a.done) WITH ORDINALITY AS item (value, place) ON true
),
read AS (
    SELECT rule, alternative, no, type, value, length,
        coalesce(length = 3 AND value ->> 1 IN ('where', 'not where') AND jsonb_typeof(value #> '{2,0,0}') = 'string'
            AND value #> '{2,0,2}' IS NOT NULL AND value #> '{2,0,3}' IS NULL AND value #> '{2,1}' IS NULL, false) AS is_where,
        CASE WHEN value #>> '{user,__class__}' = 'Not' THEN value #> '{user,v}' ELSE value -> 'user' END AS asked,
        CASE WHEN coalesce(value #>> '{user,__class__}' = 'Not', false) = (value ->> 'is' = 'in') THEN 'not in' ELSE 'in' END AS answer
    FROM part
),
told AS (
    SELECT rule, alternative, no, length,
        CASE WHEN type = 'none' THEN 'none'
            WHEN jsonb_typeof(value -> 0) = 'string' AND jsonb_typeof(value -> 1) = 'string'
                AND (length = 3 OR length = 4 AND value ->> 3 = 'parent') THEN 'record'
            WHEN asked ->> '__class__' = 'In' AND asked #>> '{v,__class__}' = 'Eval' AND asked #>> '{v,v}' IN ('groups', 'companies') THEN 'user'
            WHEN asked ->> '__class__' = 'Eval' AND asked ->> 'v' = 'is_administrator' THEN 'user'
            ELSE 'unknown' END AS kind,
        CASE WHEN type = 'object' THEN CASE WHEN jsonb_typeof(asked -> 'v') = 'string' THEN asked ->> 'v' ELSE asked #>> '{v,v}' END
            WHEN is_where THEN (value ->> 0) || '.' || (value #>> '{2,0,0}')
            ELSE value ->> 0 END AS path,
        CASE WHEN type = 'object' THEN answer WHEN is_where THEN value #>> '{2,0,1}' ELSE value ->> 1 END AS operator,
        is_where AND value ->> 1 = 'not where' AS is_none_where,
        CASE WHEN type = 'object' THEN coalesce(asked -> 'k', '1')
            WHEN is_where THEN value #> '{2,0,2}' ELSE value -> 2 END AS operand
    FROM read
)
SELECT t.rule, t.alternative, t.no, t.kind, t.path,
    CASE WHEN t.is_none_where THEN CASE WHEN t.operator IN ('=', 'in') THEN 'none where' ELSE 'unknown' END
        WHEN t.operator IN ('child_of', 'not child_of') THEN CASE WHEN t.length = 4 THEN t.operator ELSE 'unknown' END
        WHEN t.length = 4 THEN 'unknown'
        WHEN t.operator = '=' THEN CASE WHEN t.operand = 'null' THEN 'none' ELSE 'in' END
        WHEN t.operator = '!=' THEN CASE WHEN t.operand = 'null' THEN 'some' ELSE 'not in' END
        WHEN t.operator IN ('in', 'not in', 'like') THEN t.operator ELSE 'unknown' END AS operator,
    CASE WHEN one.value #>> '{}' ~ '^-?[0-9]{1,9}$' AND jsonb_typeof(one.value) = 'number' THEN 'integer'
        WHEN jsonb_typeof(one.value) = 'string' THEN 'text' ELSE jsonb_typeof(one.value) END AS type,
    one.value #>> '{}' AS text,
    CASE WHEN one.value #>> '{}' ~ '^-?[0-9]{1,9}$' AND jsonb_typeof(one.value) = 'number' THEN (one.value #>> '{}')::integer END AS number
FROM told t
LEFT JOIN LATERAL jsonb_array_elements(CASE WHEN t.operator IN ('in', 'not in') AND t.kind = 'record' AND jsonb_typeof(t.operand) = 'array' THEN t.operand
    WHEN t.operator IN ('child_of', 'not child_of') AND jsonb_typeof(t.operand) = 'array' THEN t.operand
    WHEN t.operand IS NULL THEN '[]'
    ELSE jsonb_build_array(t.operand) END) AS one ON true
