-- Two contacts that are still there and that somebody wants in an address book, and one that the CRM has deleted since.
INSERT INTO erasure (contact_id, erased_on, reason)
SELECT contact_id, substr((SELECT at FROM temp.clock), 1, 10), 'Widerspruch nach Art. 21 DSGVO'
FROM (SELECT DISTINCT contact_id FROM subscription WHERE group_id IS NOT NULL ORDER BY contact_id LIMIT 2)
UNION ALL
SELECT min(id) - 1, substr((SELECT at FROM temp.clock), 1, 10), 'Löschung nach Art. 17 DSGVO' FROM contact;
