"""The roles of a clinic: groups of permissions, which an administrator may edit."""

from typing import Any

from django.apps import apps as installed
from django.contrib.auth.management import create_permissions

CONTENT = ["source", "finding", "trait", "method", "criterion", "scartype"]
CONTENT += ["cause", "causekind"]
CONTENT += ["condition", "notneeded", "relation", "ceiling", "pathway", "pathwaystep"]
CONTENT += ["clinic", "closedday", "openinghours", "notice", "person", "synonym"]
CONTENT += ["consent", "picture", "beforeafter"]
REVISIONS = ["methodrevision", "traitrevision", "scartyperevision", "causerevision"]
REVISIONS += ["conditionrevision", "pathwayrevision", "protocolversion"]
REVISIONS += ["proposal"]
WORDS = ["consenttext", "lettertemplate", "messagetemplate"]
ROLES = {
    # How to reach a patient and how far the clinic is: no answers, no photos.
    "Front desk": [
        *("view_plan", "renew_link", "add_erasurerequest"),
        *("add_call", "correct_contact", "add_sameperson"),
    ],
    "Editor": [
        *(f"{verb}_{each}" for verb in ("add", "change", "delete") for each in CONTENT),
        *(f"view_{each}" for each in CONTENT + REVISIONS),
        *(f"{verb}_{each}" for verb in ("view", "change") for each in WORDS),
        *("add_consenttext", "add_lettertemplate", "add_messagetemplate"),
        *("delete_messagetemplate", "view_steptally"),
    ],
    "Cosmetologist": [
        *("view_plan", "change_plan", "sign_plan", "read_answers", "renew_link"),
        *("print_letter", "add_call", "correct_contact", "add_sameperson"),
        "confirm_proposal",
        "answer_message",
        *("delete_spam", "add_erasurerequest"),
        *("add_safeguardingnote", "view_safeguardingnote"),
        *(f"view_{each}" for each in CONTENT + REVISIONS + WORDS),
    ],
    # Beside another role: counts of what was decided, of which nobody is made out.
    "Lead doctor": ["read_overrides"],
    "Administrator": [
        *(f"{verb}_user" for verb in ("add", "change", "delete", "view")),
        *(f"{verb}_group" for verb in ("add", "change", "delete", "view")),
        *("view_plan", "read_answers", "assign_plan", "renew_link"),
        *("add_call", "correct_contact", "add_sameperson"),
        *(f"{verb}_scope" for verb in ("add", "change", "delete", "view")),
        *("view_letter", "change_letter", "print_letter", "view_steptally"),
        *("view_event", "view_accountchange"),
        *(f"{verb}_erasurerequest" for verb in ("add", "change", "view")),
        "delete_spam",
        *(f"view_{each}" for each in CONTENT + REVISIONS + WORDS),
    ],
}


def make_roles(apps: Any, schema_editor: Any) -> None:
    """Make the groups of `ROLES` with their permissions, as a migration's operation."""
    # Permissions are made after all migrations; these roles need them now.
    for label in ("auth", "staff", "methods", "consultations"):
        create_permissions(installed.get_app_config(label), apps=apps, verbosity=0)
    permission = apps.get_model("auth", "Permission")
    group = apps.get_model("auth", "Group")
    for name, codenames in ROLES.items():
        role, _made = group.objects.get_or_create(name=name)
        role.permissions.set(permission.objects.filter(codename__in=codenames))
