from django.db import migrations

from scarclinic.staff.ledger import triggers


def make(apps, schema_editor):
    triggers.make(schema_editor.connection)


def drop(apps, schema_editor):
    triggers.drop(schema_editor.connection)


class Migration(migrations.Migration):
    """Let the database itself refuse to change or delete a line of the ledger."""

    dependencies = [("staff", "0001_initial")]

    operations = [migrations.RunPython(make, drop)]
