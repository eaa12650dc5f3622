-- The street in the country's format for German, filled with the parts of the address. Formats of up to two lines are understood, and capital
-- placeholders are filled as typed. Inactive addresses are not listed.
WITH
formatted AS (
    SELECT a.id,
        coalesce(f.street_format, '${street_name} ${building_name} ${building_number}/${unit_number}/${floor_number}/${room_number}' || '
'
            || '${post_box} ${private_bag} ${post_office}') AS street_format,
        coalesce(a.street_name, '') AS street_name,
        coalesce(a.building_name, '') AS building_name,
        CASE WHEN a.building_number <> '' THEN replace(coalesce(nullif(f.building_number_format, ''), '{}'), '{}', a.building_number) ELSE '' END
            AS building_number,
        CASE WHEN a.unit_number <> '' THEN replace(coalesce(nullif(f.unit_number_format, ''), '{}'), '{}', a.unit_number) ELSE '' END AS unit_number,
        CASE WHEN a.floor_number <> '' THEN replace(coalesce(nullif(f.floor_number_format, ''), '{}'), '{}', a.floor_number) ELSE '' END AS floor_number,
        CASE WHEN a.room_number <> '' THEN replace(coalesce(nullif(f.room_number_format, ''), '{}'), '{}', a.room_number) ELSE '' END AS room_number,
        CASE WHEN a.post_box <> '' THEN replace(coalesce(nullif(f.post_box_format, ''), '{}'), '{}', a.post_box) ELSE '' END AS post_box,
        CASE WHEN a.private_bag <> '' THEN replace(coalesce(nullif(f.private_bag_format, ''), '{}'), '{}', a.private_bag) ELSE '' END AS private_bag,
        CASE WHEN a.post_office <> '' THEN replace(coalesce(nullif(f.post_office_format, ''), '{}'), '{}', a.post_office) ELSE '' END AS post_office
    FROM party_address a
    LEFT JOIN country_country c ON c.id = a.country
    LEFT JOIN party_address_format f ON f.id = (
        SELECT own.id FROM party_address_format own
        WHERE own.active AND (own.country_code = c.code OR own.country_code IS NULL) AND (own.language_code = 'de' OR own.language_code IS NULL)
        ORDER BY own.country_code IS NULL, own.language_code IS NULL, own.id LIMIT 1)
    WHERE a.active
),
filled AS (
    SELECT id, replace(replace(replace(replace(replace(replace(replace(replace(replace(
        replace(replace(replace(replace(replace(replace(replace(replace(replace(street_format,
        '${street_name}', street_name), '${building_name}', building_name), '${building_number}', building_number),
        '${unit_number}', unit_number), '${floor_number}', floor_number), '${room_number}', room_number),
        '${post_box}', post_box), '${private_bag}', private_bag), '${post_office}', post_office),
        '${STREET_NAME}', street_name), '${BUILDING_NAME}', building_name), '${BUILDING_NUMBER}', building_number),
        '${UNIT_NUMBER}', unit_number), '${FLOOR_NUMBER}', floor_number), '${ROOM_NUMBER}', room_number),
        '${POST_BOX}', post_box), '${PRIVATE_BAG}', private_bag), '${POST_OFFICE}', post_office) || '
' AS text
    FROM formatted
)
SELECT id, replace(replace(replace(replace(replace(replace(text, '   ', ' '), '  ', ' '), '/ /', '/'), '///', '/'), '//', '/'), '  ', ' ') AS text
FROM filled
