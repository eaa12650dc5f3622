SELECT id AS record, last_name, first_name, company, salutation, title, department, job_title, street, postcode, city, country, phone, mobile, mail, website,
       birthday, industry, region, owner, revenue, last_activity, notes
FROM contact
