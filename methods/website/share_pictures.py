"""Share pictures (Open Graph images), shown with links to our pages by other sites and apps.

Drawn from `templates/methods/share_picture.svg` and the family of drawings, as a PNG, the only
kind that all who show them take.
"""

import re
from pathlib import Path
from xml.etree import ElementTree

from django.contrib.staticfiles import finders
from django.template.loader import render_to_string

from methods.website.drawings import DRAWINGS

SIZE = (1200, 630)
FONT = Path(__file__).parent / "fonts" / "literata-500.ttf"
LINE_HEIGHT = 1.2
TITLE = {"width": 530, "height": 350, "sizes": (68, 60, 52, 46, 40, 34, 28)}
NAME = {"width": 1072, "height": 50, "sizes": (30, 26, 22, 18)}

DECLARATION = re.compile(r"--([\w-]+): ([^;]+);")
VARIABLE = re.compile(r"var\(--([\w-]+)\)")
MIX = re.compile(r"color-mix\(in srgb, (#\w{6}) (\d+)%, (#\w{6})\)")


def _mixed(match):
    """Return the colour that `color-mix` makes of two."""
    one, share, other = match[1], int(match[2]) / 100, match[3]
    channels = (
        round(int(one[i : i + 2], 16) * share + int(other[i : i + 2], 16) * (1 - share))
        for i in (1, 3, 5)
    )
    return "#" + "".join(f"{each:02x}" for each in channels)


def _colours(tone):
    """Return the colours of drawings by day, which the style sheet has as variables."""
    css = Path(finders.find("clinic/clinic.css")).read_text()
    colours = {}
    for selector in (":root", ".drawing", f".tone-{tone}"):
        rule = re.search(rf"^{re.escape(selector)} {{(.*?)}}", css, re.DOTALL | re.M)
        colours |= dict(DECLARATION.findall(rule[1] if rule else ""))
    return colours


def _plain(markup, colours):
    """Return markup with colours in place of what only a browser works out."""
    while VARIABLE.search(markup):
        markup = VARIABLE.sub(lambda match: colours[match[1]], markup)
    return MIX.sub(_mixed, markup)


def _with_drawings(frame):
    """Return an SVG with what the file of the drawings holds among its definitions."""
    drawings = ElementTree.parse(finders.find("clinic/drawings.svg"))  # noqa: S314
    svg = ElementTree.fromstring(frame)  # noqa: S314
    svg.find(".//{*}defs").extend(drawings.getroot())
    return ElementTree.tostring(svg, encoding="unicode")


def _wrapped(text, font, width):
    lines = []
    for word in text.split():
        if lines and font.getlength(f"{lines[-1]} {word}") <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


def _set(text, *, width, height, sizes):
    """Return the first font size at which a text fits, and its lines."""
    from PIL import ImageFont

    for size in sizes:
        font = ImageFont.truetype(FONT, size)
        lines = _wrapped(text, font, width)
        widest = max(map(font.getlength, lines), default=0)
        if widest <= width and len(lines) * size * LINE_HEIGHT <= height:
            break
    return size, lines


def draw(*, title, text, site_name, drawing):
    """Return a share picture as PNG, in bytes. It takes about 70 ms.

    `drawing` is a code of `methods.website.drawings`. A title that fits at no size is cut off.
    """
    # Both are heavy, and needed only until the picture is cached.
    import resvg_py

    size, lines = _set(title, **TITLE)
    name_size, _ = _set(site_name, **NAME)
    frame = render_to_string(
        "methods/share_picture.svg",
        {
            "site_name": site_name,
            "name_size": name_size,
            "text": text,
            "font_size": size,
            "lines": [
                (round(size * (1 + n * LINE_HEIGHT)), line)
                for n, line in enumerate(lines)
            ],
            "drawing": drawing,
        },
    )
    return bytes(
        resvg_py.svg_to_bytes(
            svg_string=_plain(_with_drawings(frame), _colours(DRAWINGS[drawing].tone)),
            skip_system_fonts=True,
            font_files=[str(FONT)],
            serif_family="Literata",
        )
    )
