-- Where a change is sure to be seen. Gone with the connection.

-- Which regions are open to a user by his groups, their parents, or himself.
CREATE TEMP VIEW user_region AS
WITH RECURSIVE member (user_id, group_id) AS (
    SELECT user_id, group_id FROM group_member
    UNION
    SELECT m.user_id, g.parent_id FROM member m JOIN user_group g ON g.id = m.group_id WHERE g.parent_id IS NOT NULL
)
SELECT m.user_id, t.region FROM member m JOIN territory t ON t.group_id = m.group_id
UNION
SELECT t.user_id, t.region FROM territory t WHERE t.user_id IS NOT NULL;

-- Salespeople with an address book, and how many contacts they look after, for themselves or for a colleague.
CREATE TEMP VIEW seated_user AS
SELECT u.id, m.group_id AS home,
       (SELECT count(*) FROM contact c
        WHERE c.owner_id = u.id OR c.owner_id IN (SELECT d.stands_for_id FROM deputy d WHERE d.user_id = u.id)) AS owned
FROM crm_user u
JOIN address_book_seat s ON s.user_id = u.id AND s.valid_from IS NULL AND s.valid_until IS NULL
JOIN group_member m ON m.user_id = u.id AND m.valid_from IS NULL AND m.valid_until IS NULL
WHERE u.is_active = 1 AND u.is_internal = 1 AND u.mail IS NOT NULL
  AND m.group_id IN ('vertrieb-nord', 'vertrieb-sued', 'vertrieb-at', 'vertrieb-ch');

-- Those whose folder holds just what they look after and what they subscribed, and stays well below any cap.
CREATE TEMP VIEW calm_user AS
SELECT u.* FROM seated_user u
WHERE u.owned BETWEEN 10 AND 110
  AND NOT EXISTS (SELECT 1 FROM address_book_filter f WHERE f.user_id = u.id)
  AND NOT EXISTS (SELECT 1 FROM field_right f WHERE f.user_id = u.id);

-- Contacts that nothing hides but their region.
CREATE TEMP VIEW plain_contact AS
SELECT c.* FROM contact c
LEFT JOIN company k ON k.id = c.company_id
WHERE c.confidentiality IS NULL AND coalesce(k.is_secret, 0) = 0
  AND NOT EXISTS (SELECT 1 FROM erasure e WHERE e.contact_id = c.id)
  AND NOT EXISTS (SELECT 1 FROM ethical_wall w WHERE w.company_id = c.company_id);

-- Shares to which alone a calm user owes a contact that he subscribed.
CREATE TEMP VIEW only_share AS
SELECT s.id, u.home, u.owned, s.valid_from, s.valid_until
FROM contact_share s
JOIN calm_user u ON u.id = s.user_id
JOIN plain_contact c ON c.id = s.contact_id
JOIN subscription b ON b.contact_id = s.contact_id AND b.user_id = s.user_id
WHERE NOT EXISTS (SELECT 1 FROM contact_share o WHERE o.contact_id = s.contact_id AND o.id <> s.id)
  AND NOT EXISTS (SELECT 1 FROM user_region r WHERE r.user_id = s.user_id AND r.region = c.region)
  AND c.owner_id IS NOT s.user_id
  AND NOT EXISTS (SELECT 1 FROM deputy d WHERE d.user_id = s.user_id AND d.stands_for_id = c.owner_id);
