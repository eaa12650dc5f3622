SELECT contact.id AS record, 'group:' || ethical_wall.group_id AS principal, ethical_wall.valid_from AS "from", ethical_wall.valid_until AS until
FROM ethical_wall
JOIN contact ON contact.company_id = ethical_wall.company_id
