SELECT what FROM doubt WHERE model = 'party.contact_mechanism' AND NOT is_global
