SELECT id AS user, login, mail, is_active AS active, is_internal AS internal, region, department
FROM crm_user
