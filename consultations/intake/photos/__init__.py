"""A patient's photos: `scarclinic.staff.decoding` makes the picture; here it is kept and shown."""
