-- Global rules of which rule_global.sql cannot say what they hide. (That a category has several names, doubt_rule_group.sql reports.)
SELECT 'rule ' || d.id || ' of the global rule group ' || r.id || ' has a domain that the profile does not know' AS what
FROM ir_rule_group r JOIN ir_rule d ON d.rule_group = r.id
WHERE r.model = 'party.party' AND r.perm_read AND r.global_p
    AND NOT coalesce(json_array_length(d.domain) = 1 AND json_array_length(d.domain, '$[0]') = 3
        AND json_extract(d.domain, '$[0][0]') = 'categories' AND json_extract(d.domain, '$[0][1]') = 'not where'
        AND json_array_length(d.domain, '$[0][2]') = 1 AND json_array_length(d.domain, '$[0][2][0]') = 3
        AND json_extract(d.domain, '$[0][2][0][0]') = 'name' AND json_extract(d.domain, '$[0][2][0][1]') = '='
        AND json_type(d.domain, '$[0][2][0][2]') = 'text', 0)
