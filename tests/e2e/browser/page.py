"""Reads and clicks the page of `permafreeze inspect --html` in a browser: page.py PAGE.html INSPECTION.json

INSPECTION.json is what `inspect --json` says of the same file. Then breaks the page in several ways: each must be found.
"""

import json
import pathlib
import sys
import tempfile

from chromium import Chromium

CELLS = """[...document.querySelectorAll("#map > .cell")].map((cell) => {
    const box = cell.getBoundingClientRect();
    return { name: cell.dataset.name, size: Number(cell.dataset.size), x: box.x, y: box.y, width: box.width, height: box.height };
})"""
ROWS = """[...document.querySelectorAll("#panel tbody tr")].map((row) => [...row.cells].map((cell) => cell.dataset.value ?? cell.textContent))"""
TRAIL = """[...document.querySelectorAll("#path button")].map((step) => step.textContent)"""
SHOWN_AT_ONCE = 500


def full_name(owner):
    return " ".join(filter(None, (owner["distribution"], owner.get("distribution-version"))))


def check(condition, text):
    if not condition:
        raise AssertionError(text)


def check_areas(browser, total):
    """The rectangles fill the map, do not overlap, and are as large as their sizes say."""
    browser.js("document.getElementById('map').scrollIntoView()")
    cells = browser.js(CELLS)
    check(cells, "the treemap has no rectangles")
    check(sum(cell["size"] for cell in cells) == total, f"sizes add up to {sum(c['size'] for c in cells)}, not {total}")
    width, height = browser.js("[map.clientWidth, map.clientHeight]")
    check(width > 300 and height > 200, f"the map is {width} by {height}")
    for cell in cells:
        expected = width * height * cell["size"] / total
        area = cell["width"] * cell["height"]
        check(abs(area - expected) < 0.02 * expected + 2, f"{cell['name']}: area {area}, expected {expected}")
    large = sorted(cells, key=lambda cell: -cell["size"])[:40]
    for index, one in enumerate(large):
        for other in large[:index]:
            across = min(one["x"] + one["width"], other["x"] + other["width"]) - max(one["x"], other["x"])
            down = min(one["y"] + one["height"], other["y"] + other["height"]) - max(one["y"], other["y"])
            check(across < 0.5 or down < 0.5, f"{one['name']} and {other['name']} overlap")
    return cells


def middle(cell):
    return cell["x"] + cell["width"] / 2, cell["y"] + cell["height"] / 2


def check_map(browser, inspection):
    distributions = {full_name(each): each for each in inspection["distributions"]}
    cells = check_areas(browser, inspection["size"])
    shown = {cell["name"]: cell["size"] for cell in cells}
    check(shown == {name: each["stored"] for name, each in distributions.items() if each["stored"]}, "other rectangles")
    # The biggest one with more than one part: it can be gone into.
    counts = {}
    for part in inspection["parts"]:
        if part["stored"]:
            counts[part["distribution"]] = counts.get(part["distribution"], 0) + 1
    number = next(n for n, _ in enumerate(inspection["distributions"]) if counts.get(n, 0) > 1)
    name = full_name(inspection["distributions"][number])
    cell = next(cell for cell in cells if cell["name"] == name)
    browser.move(*middle(cell))
    hover = browser.js("hover.textContent")
    check(hover.startswith(name), f"hovering {name} says {hover}")
    browser.click(*middle(cell))
    trail = browser.js(TRAIL)
    check(trail[:2] == [inspection["name"], name], f"after a click the path is {trail}")
    inner = check_areas(browser, distributions[name]["stored"])
    check(len(inner) > 1 and all(each["name"] != name for each in inner), "a click does not show what is inside")
    check_keys(browser, inspection, trail)
    check_measure(browser, inspection)


def check_keys(browser, inspection, trail):
    browser.js("document.querySelector('#map .cell').focus()")
    before = browser.js("document.activeElement.dataset.name")
    browser.key("ArrowRight", 39)
    check(browser.js("document.activeElement.dataset.name") != before, "an arrow key does not move the focus")
    browser.key("Escape", 27)
    check(browser.js(TRAIL) == [inspection["name"]], "Escape does not go out")
    check(browser.js("document.activeElement.dataset.name") == trail[1], "the focus is not where it was")
    browser.key("Enter", 13, "\r")
    check(browser.js(TRAIL) == trail, "Enter does not go in")
    browser.click_on("#path button")
    check(browser.js(TRAIL) == [inspection["name"]], "the path's button does not go out")


def check_measure(browser, inspection):
    browser.click_on(".measure", 1)
    check_areas(browser, sum(part["unpacked"] for part in inspection["parts"]))
    browser.click_on(".measure", 0)
    check_areas(browser, inspection["size"])


def filter_by(browser, words):
    browser.js("filter.select()")
    browser.click_on("#filter")
    browser.js("filter.select()")
    browser.type(words) if words else browser.key("Delete", 46)


def check_tables(browser, inspection):
    tables = {
        "distributions": [full_name(each) for each in inspection["distributions"]],
        "modules": [each["name"] for each in inspection["modules"]],
        "entries": [each["name"] for each in inspection["entries"]],
        "files": [e["name"] for e in inspection["entries"] if e["kind"] in ("native", "data", "zip", "link")],
        "natives": [each["name"] for each in inspection["needs"]["natives"]],
    }
    for name, names in tables.items():
        browser.click_on(f"[data-table={name}]")
        check(browser.js(f"document.querySelector('[data-table={name}]').ariaSelected") == "true", f"no table {name}")
        rows = browser.js(ROWS)
        check(len(rows) == min(len(names), SHOWN_AT_ONCE), f"{name}: {len(rows)} rows, expected {len(names)}")
        check({row[0] for row in rows} <= set(names), f"{name}: other rows")
        if name not in ("natives",):
            sizes = [int(row[1]) for row in rows]
            check(sizes == sorted(sizes, reverse=True), f"{name}: the biggest are not first")
    browser.click_on("[data-table=modules]")
    if len(tables["modules"]) > SHOWN_AT_ONCE:
        browser.click_on("#more")
        check(len(browser.js(ROWS)) == len(tables["modules"]), "not all rows are shown")
    check_filter(browser, inspection)
    check_sorting(browser, tables["distributions"])


def check_filter(browser, inspection):
    lines = {(m["name"], m["place"]): f"{m['name']} {m['kind']} {m['place']} {full_name(m)}".lower() for m in inspection["modules"]}
    browser.click_on("[data-table=modules]")
    biggest = sorted(inspection["modules"], key=lambda each: -each["stored"])
    words = (part for module in biggest for part in module["name"].lower().split("."))
    word = next(word for word in words if word.split() == [word] and not all(word in line for line in lines.values()))
    filter_by(browser, word.upper())
    expected = sorted(key[0] for key, line in lines.items() if word in line)
    found = sorted(row[0] for row in browser.js(ROWS))
    check(found == expected[:SHOWN_AT_ONCE] or len(expected) > SHOWN_AT_ONCE, f"{word}: {found}, expected {expected}")
    said = browser.js("count.textContent")
    check(said.startswith(f"{len(expected)} of {len(lines)} rows"), f"the count says {said}")
    filter_by(browser, f"{word} no-such-word")
    check(browser.js(ROWS) == [], "a word that does not occur has rows")
    filter_by(browser, "")
    check(len(browser.js(ROWS)) == min(len(lines), SHOWN_AT_ONCE), "without a filter not all is shown")


def check_sorting(browser, names):
    browser.click_on("[data-table=distributions]")
    browser.click_on("#panel th button", 0)
    up = [row[0] for row in browser.js(ROWS)]
    browser.click_on("#panel th button", 0)
    down = [row[0] for row in browser.js(ROWS)]
    check(sorted(up) == sorted(names) and up == down[::-1] and (len(names) < 2 or up != down), "names do not sort")
    plain = [name.lower() for name in up if name[:1].isalpha()]
    check(plain[0][0] <= plain[-1][0], f"names go up from {plain[0]} to {plain[-1]}")
    for column in (1, 2, 4):
        browser.click_on("#panel th button", column)
        first = [int(row[column]) for row in browser.js(ROWS)]
        check(first == sorted(first, reverse=True), f"column {column} does not sort, the biggest first")
        browser.click_on("#panel th button", column)
        check([int(row[column]) for row in browser.js(ROWS)] == sorted(first), f"column {column} does not turn round")
    check(browser.js("document.querySelectorAll('th')[4].ariaSort") == "ascending", "the order is not announced")


def check_colours(browser):
    grounds = []
    for scheme in ("light", "dark"):
        browser.media(prefers_color_scheme=scheme)
        grounds.append(browser.js("getComputedStyle(document.body).backgroundColor"))
    check(grounds[0] != grounds[1], f"light and dark are both {grounds[0]}")


def check_page(browser, page, inspection):
    """Everything; raises an AssertionError for what is wrong."""
    browser.open(page.resolve().as_uri())
    check(not browser.errors, f"errors while loading: {browser.errors}")
    check(browser.js("document.getElementById('name').textContent") == inspection["name"], "the name is not shown")
    check(browser.js("document.scripts.length") == 2, "other scripts than the page's own")
    check(browser.js("document.querySelectorAll('img, iframe, object, form, a').length") == 0, "foreign elements")
    check_map(browser, inspection)
    check_tables(browser, inspection)
    check_colours(browser)
    check(not browser.errors, f"errors: {browser.errors}")
    foreign = [url for url in browser.requests if url != page.resolve().as_uri() and not url.startswith("data:")]
    check(not foreign, f"the page asks for {foreign}")


# What is broken -> the text that is replaced, and by what.
BREAKS = {
    "a script error": ("const $ =", "undefined.x; const $ ="),
    "areas that lie": ("width:${at.width}px", "width:${at.width / 2}px"),
    "a click that does nothing": ('map.addEventListener("click"', 'map.addEventListener("dblclick"'),
    "a filter that does nothing": ('$("filter").addEventListener("input"', '$("filter").addEventListener("copy"'),
    "a header that does not sort": ("rows = matching().sort(compare)", "rows = matching()"),
    "a request": ("</header>", '<img src="http://127.0.0.1:9/x.png" alt=""></header>'),
    "one size only": ('"data-size": node[measure]', '"data-size": node.stored'),
    "no dark colours": ("prefers-color-scheme: dark", "prefers-color-scheme: none"),
}


def main(page, inspection):
    page = pathlib.Path(page)
    text, inspection = page.read_text(), json.loads(pathlib.Path(inspection).read_text())
    with Chromium() as browser, tempfile.TemporaryDirectory() as folder:
        check_page(browser, page, inspection)
        print(f"page: {page.name} shows, zooms, filters and sorts; no request, no error")
        if "--break" not in sys.argv:
            return
        for name, (old, new) in BREAKS.items():
            check(old in text, f"the page has no `{old}` to break")
            broken = pathlib.Path(folder) / "broken.html"
            broken.write_text(text.replace(old, new))
            try:
                check_page(browser, broken, inspection)
            except AssertionError as error:
                print(f"page: {name} is found: {str(error)[:100]}")
            else:
                raise SystemExit(f"page: {name} is not found")


if __name__ == "__main__":
    main(*sys.argv[1:3])
