"""Make the groups of `consultations.roles`."""

from django.db import migrations

from consultations import roles


class Migration(migrations.Migration):
    dependencies = [
        ("consultations", "0001_initial"),
        ("methods", "0001_initial"),
        ("staff", "0001_initial"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(roles.make_roles, migrations.RunPython.noop)]
