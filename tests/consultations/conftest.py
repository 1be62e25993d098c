"""Accounts of the clinic's roles."""

import pytest
from django.contrib.auth.models import Group
from django.test import Client

from scarclinic.staff.models import User


@pytest.fixture
def client_of(db):
    """Return a function: a client signed in as a member of one role."""

    def sign_in(role):
        user = User.objects.create_user(role.lower(), is_staff=True)
        user.groups.add(Group.objects.get(name=role))
        client = Client()
        client.force_login(user)
        return client

    return sign_in
