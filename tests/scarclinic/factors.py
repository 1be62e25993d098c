"""What a member of the staff does with a second factor, without a browser's script."""

import re
import time

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from cryptography.hazmat.primitives.asymmetric import ec
from django.test import Client
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import (
    AttestationObject,
    AttestedCredentialData,
    AuthenticatorData,
)

from scarclinic.staff.encryption import factors
from scarclinic.staff.models import User

PASSWORD = "kuvo-mira-tepo"
LOGIN = "/admin/login/"
CODE = "/admin/login/code/"
ACCOUNT = "/admin/account/"
APP = f"{ACCOUNT}app/"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def make_account(name="clara", **fields):
    fields = {"password": PASSWORD, "is_staff": True, "email": f"{name}@clinic.example"}
    return User.objects.create_user(name, **fields)


def give_app(user):
    """Give an account an app that makes codes, and recovery codes."""
    Authenticator.objects.create(
        user=user, type=Authenticator.Type.TOTP, data={"secret": factors.seal(SECRET)}
    )
    return Authenticator.objects.create(
        user=user,
        type=Authenticator.Type.RECOVERY_CODES,
        data={"seed": factors.seal("00" * 40), "used_mask": 0},
    ).wrap()


def code(secret=SECRET, steps=0):
    """Return what an app shows now, or so many steps of 30 seconds later."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + steps))


def begin(client=None, name="clara", password=PASSWORD, **more):
    """Type name and password; return the browser and the answer."""
    client = client or Client()
    return client, client.post(LOGIN, {"login": name, "password": password} | more)


def enrol(client):
    """Add an app to the account of a browser; return its key and the recovery codes."""
    secret = re.search(r"<code>(\w+)</code>", client.get(APP).content.decode())[1]
    answer = client.post(APP, {"code": code(secret)})
    assert answer.status_code == 302, answer.context["form"].errors
    shown = client.get(answer["Location"]).content.decode()
    return secret, re.findall(r"<code>(\d+)</code>", shown)


def told(response):
    """Return what the form of a page says is wrong."""
    return [
        error for errors in response.context["form"].errors.values() for error in errors
    ]


def give_passkey(user):
    """Give an account a passkey whose device nobody has."""
    key = ES256.from_cryptography_key(
        ec.generate_private_key(ec.SECP256R1()).public_key()
    )
    data = AuthenticatorData.create(
        b"\0" * 32,
        AuthenticatorData.FLAG.UP | AuthenticatorData.FLAG.AT,
        0,
        AttestedCredentialData.create(b"\0" * 16, b"key", key),
    )
    encoded = {
        "clientDataJSON": b'{"type":"webauthn.create","challenge":"","origin":""}',
        "attestationObject": AttestationObject.create("none", data, {}),
    }
    credential = {
        "id": websafe_encode(b"key"),
        "rawId": websafe_encode(b"key"),
        "type": "public-key",
        "response": {name: websafe_encode(value) for name, value in encoded.items()},
    }
    return Authenticator.objects.create(
        user=user,
        type=Authenticator.Type.WEBAUTHN,
        data={"name": "Telephone", "credential": credential},
    )
