-- The parties that an alternative accepts: every word that must hold does, and no negated one.
SELECT h.rule, h.alternative, h.party
FROM (
    SELECT h.rule, h.alternative, h.no, h.party, s.is_negated
    FROM hit_party h
    JOIN (SELECT DISTINCT rule, alternative, no, is_negated FROM sought) s ON s.rule = h.rule AND s.alternative = h.alternative AND s.no = h.no
    UNION ALL
    SELECT a.rule, a.alternative, -1, t.id, false
    FROM alternative a CROSS JOIN party_party t
    WHERE a.model = 'party.party' AND a.holding = 0 AND t.active
) h
JOIN alternative a ON a.rule = h.rule AND a.alternative = h.alternative AND a.is_understood AND a.model = 'party.party'
GROUP BY h.rule, h.alternative, h.party, a.holding
HAVING max(CASE WHEN h.is_negated THEN 1 ELSE 0 END) = 0
    AND count(DISTINCT CASE WHEN NOT h.is_negated THEN h.no END) = CASE WHEN a.holding = 0 THEN 1 ELSE a.holding END
