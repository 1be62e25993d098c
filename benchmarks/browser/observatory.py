"""Let MDN's HTTP Observatory mark the site, served by https as a deployment is.

Prints each page's score and what gave or took points; exit status 1 if a score falls short
or a test fails. Observatory itself only looks at the first page. That has neither script nor cookie, so
that three tests have nothing to reward: 130 is the most there is. Pages with a form set a cookie.
"""

import datetime
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from serving import HERE, free_port, gunicorn, installed

HOST = "clinic.example"
LEAST = {"/": 130, "/consultation/": 135, "/admin/login/": 135}


def certify(folder):
    """Write a certificate that this machine makes for HOST; return (certificate, key)."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, HOST)])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    paths = folder / "certificate.pem", folder / "key.pem"
    paths[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return paths


def scan(certificate, http_port, https_port):
    """Return what Observatory says of each page."""
    done = subprocess.run(
        [
            *("node", HERE / "observatory" / "scan.js", HOST),
            *(str(http_port), str(https_port), *LEAST),
        ],
        env=os.environ | {"NODE_EXTRA_CA_CERTS": str(certificate)},
        capture_output=True,
        text=True,
    )
    if done.returncode:
        sys.exit(done.stderr)
    return json.loads(done.stdout)


def main():
    variables = {"ALLOWED_HOSTS": f"{HOST},127.0.0.1", "SECURE_SSL_REDIRECT": "on"}
    with tempfile.TemporaryDirectory() as name, installed(**variables) as env:
        certificate, key = certify(Path(name))
        ports = free_port(), free_port()
        with (
            gunicorn(env, f"http://127.0.0.1:{ports[0]}"),
            gunicorn(
                env,
                f"https://127.0.0.1:{ports[1]}",
                *("--certfile", certificate, "--keyfile", key),
            ),
        ):
            found = scan(certificate, *ports)
    broken = []
    for path, said in found.items():
        print(f"{path:20} {said['score']:4} {said['grade']}")
        for name, test in said["tests"].items():
            print(f"  {test['points']:+4} {name}: {test['result']}")
            if not test["pass"]:
                broken.append(f"{name} of {path}: {test['result']}")
        if said["score"] < LEAST[path]:
            broken.append(f"{said['score']} for {path}, at least {LEAST[path]}")
    for line in broken:
        print("BROKEN", line)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
