SELECT what FROM doubt WHERE model = 'party.party' AND is_global
