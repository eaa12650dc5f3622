SELECT what FROM doubt WHERE model = 'party.contact_mechanism' AND is_global
