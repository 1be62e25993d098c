"""Backups: database and media in one encrypted archive, taken while patients write.

snapshots   the database as it stands at one moment, in a file without a name
taking      the archive: `clinic backup`
restoring   into an empty place, proved: `clinic restore`

An archive is a tar file, encrypted in the format of age. Its members, in order:
`manifest.json`, `database`, the files of the media folder under `media/`, `end.json`.
docs/backup.md says how to read one without this program.
"""

MANIFEST, DATABASE, MEDIA, END = "manifest.json", "database", "media/", "end.json"
FORMAT = 1
"""Of the archive. Another one is refused, in words."""
