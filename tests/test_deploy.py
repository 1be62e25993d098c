"""What deploy/ has is what runs: units that systemd takes, and a walk through nginx."""

import http.client
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import time
from contextlib import ExitStack, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import settings
from django.core.management import get_commands
from django.db import connection

from consultations import doctor
from tests.scarclinic.test_configuration import GOOD

# The walk is through a copy of the tests' database.
pytestmark = pytest.mark.django_db
ROOT = Path(settings.BASE_DIR)
DEPLOY = ROOT / "deploy"
SUFFIXES = {"", ".yaml", ".service", ".sh"}
HOST = "clinic.example"
TOKEN = "Zebrafinchington-0123456789-abcdefghijklmno"
CODE = "F7K9QD-M2C4TX-9QRW7H"


def tool(name, package):
    """Return the path of a program; in CI it is a failure that one is missing."""
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/bin")
    if not found:
        give_up = pytest.fail if os.environ.get("CI") else pytest.skip
        give_up(f"{name} is missing: apt-get install {package}")
    return found


# systemd


def test_systemd_takes_every_unit(tmp_path):
    program = tool("systemd-analyze", "systemd")
    units = sorted(DEPLOY.glob("systemd/*"))
    assert len(units) == 6
    for unit in units:
        text = unit.read_text().replace("/srv/scarclinic", str(ROOT))
        (tmp_path / unit.name).write_text(text)
    done = subprocess.run(
        [program, "verify", "--man=no", *sorted(map(str, tmp_path.iterdir()))],
        capture_output=True,
        text=True,
        env=os.environ | {"SYSTEMD_UNIT_PATH": f"{tmp_path}:"},
    )
    ours = [line for line in done.stderr.splitlines() if "scarclinic" in line]
    assert ours == []


def test_every_unit_runs_a_command_that_there_is():
    told = "\n".join(
        each.read_text()
        for each in DEPLOY.rglob("*")
        if each.is_file() and each.suffix in SUFFIXES
    )
    named = set(re.findall(r"manage\.py[\" ,]+(\w+)", told))
    assert {"db_worker", "prune", "clinic", "migrate"} <= named
    assert named - set(get_commands()) == set()


def test_every_variable_of_the_example_is_explained():
    example = (DEPLOY / "environment.example").read_text()
    names = re.findall(r"^(\w+)=", example, re.MULTILINE)
    assert "DATA_KEYS" in names
    readme = (ROOT / "README.md").read_text()
    assert [each for each in names if f"`{each}`" not in readme] == []


# nginx


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


def write_certificate(folder):
    """Write a certificate of the host, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, HOST)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    (folder / "fullchain.pem").write_bytes(certificate.public_bytes(pem))
    (folder / "privkey.pem").write_bytes(
        key.private_bytes(
            pem,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )


def write_nginx(folder, *, plain, secure, web):
    """Write deploy/nginx.conf for these ports and this folder; return the main file."""
    site = (DEPLOY / "nginx.conf").read_text()
    for before, after in {
        r"^ *listen \[::\].*\n": "",
        r"listen 80\b": f"listen 127.0.0.1:{plain}",
        r"listen 443\b": f"listen 127.0.0.1:{secure}",
        r"server 127.0.0.1:8000": f"server 127.0.0.1:{web}",
        r"/etc/letsencrypt/live/[\w.]+": str(folder),
        r"/var/log/nginx": str(folder),
        r"/dev/shm": str(folder),
        # Nobody waits for ten seconds here.
        r"client_header_timeout 10s": "client_header_timeout 1s",
    }.items():
        site, count = re.subn(before, after, site, flags=re.MULTILINE)
        assert count, before
    (folder / "site.conf").write_text(site)
    temporary = "".join(
        f"{each}_temp_path {folder}/{each};"
        for each in ("proxy", "fastcgi", "uwsgi", "scgi")
    )
    main = folder / "nginx.conf"
    main.write_text(
        f"daemon off; pid {folder}/nginx.pid; error_log {folder}/main.log;\n"
        + ("user root;\n" if os.getuid() == 0 else "")
        + f"events {{}}\nhttp {{ {temporary} include {folder}/site.conf; }}\n"
    )
    return main


SETTINGS = """
from scarclinic.settings import *
STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
WHITENOISE_USE_FINDERS = True
"""


def start_web(folder, port):
    """Start gunicorn as deploy/ has it, on a copy of the test's database."""
    (folder / "clinic.sqlite3").write_bytes(connection.connection.serialize())
    (folder / "walk_settings.py").write_text(SETTINGS)
    env = {"PATH": os.environ["PATH"], **GOOD} | {
        "BEHIND_PROXY": "on",
        "BIND": f"127.0.0.1:{port}",
        "DATABASE_URL": f"sqlite:///{folder}/clinic.sqlite3",
        "DJANGO_SETTINGS_MODULE": "walk_settings",
        "MEDIA_ROOT": str(folder),
        "PYTHONPATH": f"{folder}:{ROOT}",
        "WEB_CONCURRENCY": "1",
    }
    config = str(DEPLOY / "gunicorn.conf.py")
    command = [sys.executable, "-m", "gunicorn", "--config", config]
    with (folder / "web.log").open("w") as log:
        return subprocess.Popen(
            [*command, "scarclinic.wsgi"], cwd=folder, env=env, stderr=log
        )


def connect(walk, host=HOST):
    """Return a connection by TLS to the nginx of a walk, which has to be that host."""
    context = ssl.create_default_context(cafile=walk.folder / "fullchain.pem")
    browser = http.client.HTTPSConnection(
        host, walk.secure, context=context, timeout=20
    )
    browser._create_connection = lambda _where, *_more: socket.create_connection(
        ("127.0.0.1", walk.secure), 20
    )
    return closing(browser)


def ask(walk, path, method="GET", body=None, **headers):
    """Ask as a browser does; return status, headers and body."""
    with connect(walk) as browser:
        browser.request(method, path, body, {"Host": HOST, **headers})
        answer = browser.getresponse()
        return answer.status, answer.headers, answer.read()


def wait_for(port, process, log):
    for _each in range(300):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        assert process.poll() is None, log.read_text()
        time.sleep(0.05)
    pytest.fail(f"Nothing listens: {log.read_text()}")


@pytest.fixture(scope="module")
def walk(tmp_path_factory, django_db_setup, django_db_blocker):
    """Serve the clinic as deploy/ does: gunicorn, and nginx in front."""
    if connection.vendor != "sqlite":
        pytest.skip("once is enough")
    program = tool("nginx", "nginx-light")
    folder = tmp_path_factory.mktemp("walk")
    plain, secure, web = free_port(), free_port(), free_port()
    write_certificate(folder)
    main = write_nginx(folder, plain=plain, secure=secure, web=web)
    checked = subprocess.run(
        [program, "-t", "-q", "-c", main], capture_output=True, text=True
    )
    assert (checked.stderr, checked.returncode) == ("", 0)
    with django_db_blocker.unblock():
        connection.ensure_connection()
        server = start_web(folder, web)
    proxy = subprocess.Popen([program, "-c", main], stderr=subprocess.DEVNULL)
    try:
        wait_for(web, server, folder / "web.log")
        wait_for(secure, proxy, folder / "main.log")
        yield SimpleNamespace(
            folder=folder, plain=plain, secure=secure, server=server, proxy=proxy
        )
    finally:
        for process in (proxy, server):
            process.terminate()
            process.wait(20)


def test_a_visitor_is_led_to_https_and_stays_there(walk):
    with closing(http.client.HTTPConnection("127.0.0.1", walk.plain)) as browser:
        browser.request("GET", "/treatments/?x=1", headers={"Host": HOST})
        answer = browser.getresponse()
    assert (answer.status, answer.headers["Location"]) == (
        301,
        f"https://{HOST}/treatments/?x=1",
    )
    status, headers, body = ask(walk, "/treatments/")
    assert (status, headers["Server"]) == (200, "nginx")
    assert headers["Strict-Transport-Security"].startswith("max-age=")
    assert b"</html>" in body


def test_who_asks_for_another_name_gets_no_answer(walk):
    with connect(walk, "other.example") as browser, pytest.raises(ssl.SSLError):
        browser.request("GET", "/")


def test_nobody_chooses_the_address_that_limits_count_by(walk):
    forged = {"X-Forwarded-For": doctor.FORGED, "X-Forwarded-Proto": "http"}
    _status, headers, _body = ask(walk, "/livez", **forged)
    assert headers["Scarclinic-Sees"] == "https, forwarded"


def test_a_form_passes_with_its_cookie(walk):
    _status, headers, body = ask(walk, "/admin/login/")
    cookie = headers["Set-Cookie"].partition(";")[0]
    assert cookie.startswith("__Host-csrftoken=")
    token = re.search(rb'name="csrfmiddlewaretoken" value="(\w+)"', body)[1].decode()
    status, _headers, body = ask(
        walk,
        "/admin/login/",
        "POST",
        f"csrfmiddlewaretoken={token}&login=nobody&password=wrong",
        Cookie=cookie,
        Origin=f"https://{HOST}",
        **{"Content-Type": "application/x-www-form-urlencoded"},
    )
    assert (status, b"nobody" in body) == (200, True)


def test_probes_answer_within(walk):
    # The tables were made of the models: migrations wait.
    assert ask(walk, "/readyz")[2].startswith(b"not ready: migrations wait")
    assert ask(walk, "/metrics")[0] == 404


def test_a_body_without_end_is_refused_and_a_slow_client_holds_up_nobody(walk):
    assert (
        ask(walk, "/consultation/", "POST", **{"Content-Length": "209715200"})[0] == 413
    )
    with ExitStack() as open_ones:
        slow = [
            open_ones.enter_context(socket.create_connection(where, 10))
            for where in [("127.0.0.1", walk.plain)] * 30
        ]
        for client in slow:
            client.sendall(b"GET / HTTP/1.1\r\nHost: clinic.")
        began = time.monotonic()
        assert ask(walk, "/livez")[0] == 200
        assert time.monotonic() - began < 1
        assert all(map(was_shown_out, slow))


def was_shown_out(client):
    """Return whether the other side ends a connection without an answer."""
    try:
        return client.recv(100) == b""
    except ConnectionResetError:
        return True


PRIVATE = [
    f"/status/{TOKEN}/",
    f"/STATUS/{TOKEN}/x",
    f"/{TOKEN}",
    f"/go/{CODE}/",
    f"/{CODE.lower()}/",
    "/search/?q=Zebrafinchington",
    "/admin/consultations/plan/?q=Zebrafinchington",
    "/photo/nothing/",
]


def test_no_log_has_a_private_link_whether_the_site_is_up_or_not(walk):
    for path in PRIVATE:
        assert ask(walk, path, Referer=f"https://{HOST}/status/{TOKEN}/")[0] < 500
    walk.server.terminate()
    walk.server.wait(20)
    for path in PRIVATE:
        assert ask(walk, path)[0] == 502
    # It writes a line once the answer has gone.
    walk.proxy.send_signal(signal.SIGQUIT)
    walk.proxy.wait(20)
    written = {path.name: path.read_text() for path in walk.folder.glob("*.log")}
    assert set(written) >= {"scarclinic.log", "scarclinic-errors.log", "web.log"}
    for name, text in written.items():
        for secret in ("zebrafinchington", CODE.lower(), CODE[:6].lower()):
            assert secret not in text.lower(), name
    lines = written["scarclinic.log"].splitlines()[-len(PRIVATE) :]
    assert [line.split()[3] for line in lines] == [
        *("/status/...", "/STATUS/...", "/...", "/go/...", "/..."),
        *("/search/...", "/admin/...", "/photo/..."),
    ]
    assert {line.split()[4] for line in lines} == {"502"}
    # A number for each request, as in the site's own log.
    assert all(re.fullmatch("[0-9a-f]{32}", line.split()[-1]) for line in lines)
