-- Fields that the view does not have: what such a right was to protect is not known.
SELECT field AS what
FROM field_right
WHERE field NOT IN (
    'contact.salutation', 'contact.academic_title', 'contact.first_name', 'contact.last_name', 'contact.department', 'contact.job_title',
    'contact.birthday', 'contact.customer_no', 'contact.region', 'contact.owner', 'contact.revenue', 'contact.newsletter', 'contact.confidentiality',
    'contact.last_activity', 'contact.notes', 'contact.changed_at',
    'company.name', 'company.industry', 'company.employees', 'company.website',
    'phone.kind', 'phone.number', 'mail_address.address',
    'postal_address.kind', 'postal_address.street', 'postal_address.house_number', 'postal_address.postcode', 'postal_address.city',
    'postal_address.state', 'postal_address.country', 'category.name'
)
