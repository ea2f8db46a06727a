"""How the landing page looks, light and dark, wide and narrow; and the policy that lets a browser load nothing else."""

from __future__ import annotations

import base64
import hashlib

STYLE = """
:root { color-scheme: light dark; --text: #1f2328; --quiet: #59636e; --line: #d1d9e0; --back: #fff; --link: #0757ba;
  --good: #116329; --bad: #b3121d; }
@media (prefers-color-scheme: dark) {
  :root { --text: #dfe3e8; --quiet: #9aa4af; --line: #3d444d; --back: #15191e; --link: #79b8ff;
    --good: #6fd08c; --bad: #ff8d86; }
}
* { box-sizing: border-box; }
body { font: 16px/1.5 system-ui, sans-serif; margin: 1.5rem auto; max-width: 72rem; padding: 0 1rem;
  color: var(--text); background: var(--back); overflow-wrap: break-word; }
h1 { margin: 0; font-size: 1.6rem; } h2 { margin: 2rem 0 .5rem; font-size: 1.2rem; } p { margin: .25rem 0; }
a { color: var(--link); }
nav { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; margin: 1rem 0; }
table { border-collapse: collapse; width: 100%; }
th, td { padding: .4rem .8rem .4rem 0; text-align: left; vertical-align: top; font-weight: inherit; }
thead th { color: var(--quiet); font-size: .875rem; }
tbody { border-top: 1px solid var(--line); }
tbody th { font-weight: 600; max-width: 18rem; }
tbody th, .detail { overflow-wrap: anywhere; }
pre { white-space: pre-wrap; font-size: .875rem; }
ul { list-style: none; margin: 0; padding: 0; }
.quiet { color: var(--quiet); font-size: .875rem; display: block; font-weight: 400; }
.up { color: var(--good); font-weight: 600; }
.failing, .beyond { color: var(--bad); font-weight: 600; }
.past { color: var(--quiet); }
.detail td { padding-top: 0; }
@media (max-width: 50rem) {
  table, tbody, tr, th, td { display: block; }
  thead { display: none; }
  tbody { padding: .5rem 0; }
  th, td { padding: .15rem 0; }
  tbody th { max-width: none; }
  td[data-label] { display: grid; grid-template-columns: 6.5rem minmax(0, 1fr); gap: .5rem; }
  td[data-label]::before { content: attr(data-label); color: var(--quiet); font-size: .875rem; }
}
"""

POLICY = "; ".join(
    (
        "default-src 'none'",
        f"style-src 'sha256-{base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()}'",
        # The empty icon, without which a browser asks for /favicon.ico.
        "img-src data:",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
"""The value of `Content-Security-Policy`."""
