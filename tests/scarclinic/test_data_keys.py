"""The key ring: what sealing promises, a wrong key that does not start, a new one."""

import os
import subprocess
import sys

import pytest
from django.conf import settings as configured
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command

from scarclinic.staff.checks import files_are_the_site_s_alone
from scarclinic.staff.encryption import checking, keys
from scarclinic.staff.models import DataKey

OTHER = "other key of fifty characters or so, for this test"


def test_bytes_are_opened_in_their_place_only():
    sealed = keys.seal(b"pixels", "photo:1")
    assert keys.unseal(sealed, "photo:1") == b"pixels"
    for place in ("photo:2", "photo:", ""):
        with pytest.raises(keys.Unreadable):
            keys.unseal(sealed, place)


def test_no_changed_byte_passes():
    sealed = keys.seal(b"pixels", "photo:1")
    for at in range(len(sealed)):
        changed = sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :]
        for body in (changed, sealed[:at]):
            with pytest.raises(keys.Unreadable):
                keys.unseal(body, "photo:1")


def test_a_key_seals_searches_and_is_named_by_parts_that_tell_nothing_of_each_other():
    [key] = keys.ring().values()
    assert key.index != key.id.encode()
    assert keys.index_hash(key, "word", "ada") != keys.index_hash(key, "wor", "dada")
    assert keys.seal(b"", "") != keys.seal(b"", "")


@pytest.mark.django_db
def test_other_keys_than_the_database_s_do_not_start(settings):
    checking.begin()
    checking.begin()
    first = DataKey.objects.get().key_id
    former, settings.DATA_KEYS = settings.DATA_KEYS, [OTHER]
    with pytest.raises(ImproperlyConfigured) as refused:
        checking.begin()
    assert str(refused.value) == (
        f"DATA_KEYS lacks the key {first}, with which data of this database is sealed."
    )
    with pytest.raises(CommandError, match=f"DATA_KEYS lacks the key {first}"):
        call_command("db_worker")
    assert DataKey.objects.get().key_id == first
    settings.DATA_KEYS = [OTHER, *former]
    checking.begin()
    assert DataKey.objects.count() == 2
    settings.DATA_KEYS = former
    with pytest.raises(ImproperlyConfigured):
        checking.begin()


@pytest.mark.django_db
def test_other_keys_are_not_ready_and_fail_the_check(client, settings):
    checking.begin()
    settings.DATA_KEYS = [OTHER]
    response = client.get("/readyz")
    first = response.content.splitlines()[0]
    assert (response.status_code, first) == (
        503,
        b"not ready: DATA_KEYS lacks a key of this database",
    )
    with pytest.raises(CommandError, match="DATA_KEYS lacks the key"):
        call_command("check", databases=["default"])


def run(script, folder, **variables):
    """Run Python on a site of its own; return how it ended."""
    return subprocess.run(
        [sys.executable, "-c", script],
        cwd=configured.BASE_DIR,
        env={
            "PATH": os.environ["PATH"],
            "DJANGO_SETTINGS_MODULE": "scarclinic.settings",
            "DEBUG": "on",
            "SECRET_KEY": "only-for-this-test",
            "DATABASE_URL": f"sqlite:///{folder}/clinic.sqlite3",
            "MEDIA_ROOT": f"{folder}/media",
            **variables,
        },
        capture_output=True,
        text=True,
    )


MAKE = """
from manage import main
import sys
sys.argv = ["manage.py", "migrate", "staff", "--verbosity=0"]
main()
"""


def test_a_server_refuses_to_start_with_a_wrong_key_and_its_files_are_private(tmp_path):
    assert run(MAKE, tmp_path).stderr == ""
    # Passkeys' library takes a tenth of the start, and few requests need it.
    start = "import scarclinic.wsgi, sys; sys.exit('fido2' in sys.modules)"
    assert run(start, tmp_path).returncode == 0
    files = {each.name: oct(each.stat().st_mode & 0o777) for each in tmp_path.iterdir()}
    assert files["clinic.sqlite3"] == "0o600"
    assert set(files.values()) == {"0o600"}
    refused = run("import scarclinic.wsgi", tmp_path, DATA_KEYS=OTHER)
    assert refused.returncode == 1
    assert "DATA_KEYS lacks the key" in refused.stderr.splitlines()[-1]


def test_files_that_others_may_read_are_told_of(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    tmp_path.chmod(0o750)
    told = [each.msg for each in files_are_the_site_s_alone(None)]
    assert told == [f"Others on this machine may read {tmp_path}."]
    tmp_path.chmod(0o700)
    assert files_are_the_site_s_alone(None) == []
