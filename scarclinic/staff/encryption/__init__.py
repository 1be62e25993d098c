"""Encryption at rest: patients' words and photos, under keys that no database holds.

keys       the key ring, and what it seals: AES-256-GCM, bound to the place of a value
checking   whether these are the keys of this database, before anybody is served
age        files encrypted to a public key: backups
factors    the secrets of staff's second factors
rotation   seal anew what a former key has sealed, while the site runs

`scarclinic.staff.private_fields` has the model fields.
"""
