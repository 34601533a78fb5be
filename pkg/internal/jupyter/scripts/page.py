"""Renders a notebook as one HTML file that loads nothing from anywhere. Started by page.go.

Its one argument is a JSON object: notebook, page, templates (a directory), title, language (its code), words (the
texts of the template) and, where the page has a head, report, verdict (its state in words) and facts (what stands below the
title). It must work with nbconvert 6.5 (Debian bookworm) and newer.
"""

import json
import os
import re
import sys

import nbformat
from nbconvert import HTMLExporter
from traitlets.config import Config


def take_title(notebook, title):
    """Takes the notebook's first heading out of its cell if it is one of the first level, for the head of the page to show
    it; returns it as Markdown, else the title as such."""
    for cell in notebook.cells:
        if cell.cell_type != "markdown":
            continue
        lines = cell.source.split("\n")
        for number, line in enumerate(lines):
            if line.startswith("```"):
                break
            if line.startswith("# "):
                cell.source = "\n".join(lines[:number] + lines[number + 1 :])
                return line
            if line.startswith("#"):
                break
        else:
            continue
        break
    return "# " + title


def numeric(table):
    """Says of each column of a table whether it has numbers only, which stand better one below another."""
    rows = table.get("rows") or []
    return [
        any(cells) and all(re.fullmatch(r"[-+\u2212\u2013]?[\d.,\u202f]*( ?%)?", cell or "") for cell in cells)
        for cells in ([row[i] for row in rows if i < len(row)] for i in range(len(table.get("columns") or [])))
    ]


cfg = json.loads(sys.argv[1])
wanted = {
    "template_name": "sagalab",
    "extra_template_basedirs": [cfg["templates"]],
    "embed_images": True,
    "exclude_anchor_links": True,
    "language_code": cfg["language"],
}
known = HTMLExporter.class_trait_names()
exporter = HTMLExporter(config=Config({"HTMLExporter": {k: v for k, v in wanted.items() if k in known}}))

notebook = nbformat.read(cfg["notebook"], as_version=4)
notebook.metadata["title"] = cfg["title"]
notebook.metadata.pop("widgets", None)  # they live from a script of the network
resources = {"metadata": {"name": cfg["title"], "path": os.path.dirname(cfg["notebook"])}, "sagalab_words": cfg["words"]}
if cfg.get("report"):
    resources["sagalab_facts"] = cfg["facts"]
    resources["sagalab_report"] = cfg["report"]
    resources["sagalab_numeric"] = [numeric(table) for table in cfg["report"].get("tables") or []]
    resources["sagalab_verdict"] = cfg["verdict"]
    resources["sagalab_title"] = take_title(notebook, cfg["title"])
html, _ = exporter.from_notebook_node(notebook, resources=resources)
if "<html>" in html[:200]:  # nbconvert 6 names no language
    html = html.replace("<html>", '<html lang="%s">' % cfg["language"], 1)

temp = cfg["page"] + ".partial"
with open(temp, "w", encoding="utf-8") as file:
    file.write(html)
os.replace(temp, cfg["page"])
