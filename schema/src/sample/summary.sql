SELECT
    (SELECT count(*) FROM contact) AS contacts,
    (SELECT count(*) FROM company) AS companies,
    (SELECT count(*) FROM phone) AS phones,
    (SELECT count(*) FROM mail_address) AS mail_addresses,
    (SELECT count(*) FROM postal_address) AS postal_addresses,
    (SELECT count(*) FROM crm_user) AS users,
    (SELECT count(*) FROM address_book_seat) AS seats,
    (SELECT count(*) FROM user_group) AS groups,
    (SELECT count(*) FROM subscription) AS subscriptions,
    (SELECT count(*) FROM address_book_filter) AS filters;
