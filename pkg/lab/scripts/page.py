"""Renders a notebook as one HTML file that loads nothing from anywhere. Started by page.go.

Its one argument is a JSON object: notebook, page, templates (a directory), title. It must work with nbconvert 6.5
(Debian bookworm) and newer.
"""

import json
import os
import sys

import nbformat
from nbconvert import HTMLExporter
from traitlets.config import Config

cfg = json.loads(sys.argv[1])
wanted = {
    "template_name": "sagalab",
    "extra_template_basedirs": [cfg["templates"]],
    "embed_images": True,
    "exclude_anchor_links": True,
    "language_code": "en",
}
known = HTMLExporter.class_trait_names()
exporter = HTMLExporter(config=Config({"HTMLExporter": {k: v for k, v in wanted.items() if k in known}}))

notebook = nbformat.read(cfg["notebook"], as_version=4)
notebook.metadata["title"] = cfg["title"]
notebook.metadata.pop("widgets", None)  # they live from a script of the network
resources = {"metadata": {"name": cfg["title"], "path": os.path.dirname(cfg["notebook"])}}
html, _ = exporter.from_notebook_node(notebook, resources=resources)
if "<html>" in html[:200]:  # nbconvert 6 names no language
    html = html.replace("<html>", '<html lang="en">', 1)

temp = cfg["page"] + ".partial"
with open(temp, "w", encoding="utf-8") as file:
    file.write(html)
os.replace(temp, cfg["page"])
