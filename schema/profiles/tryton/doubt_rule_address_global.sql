SELECT what FROM doubt WHERE model = 'party.address' AND is_global
