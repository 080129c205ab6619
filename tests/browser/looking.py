"""Many pages looked at alike: what a person must read there, and what would stop them."""

from tests.browser.test_pages import keep

# A table on a phone whose last columns are out of sight: whoever does not know them misses them.
CUT = """
screen.width > 600 ? [] : [...document.querySelectorAll('main .overflow-auto')]
    .filter(one => one.scrollWidth > one.clientWidth + 1)
    .map(one => `columns out of sight: ${one.innerText.slice(0, 60)}`)
"""

# A phone widens its window to what does not fit, so the screen is the measure.
WIDE = "document.documentElement.scrollWidth - Math.min(window.innerWidth, screen.width)"


def faults(eyes, request, pages):
    """By name of a page (its address, and words that stand on it and on no page of refusal): the
    words that are missing, what the browser complained of, barriers, and how much wider it is than
    the screen. A page without a fault is left out.
    """
    found = {}
    for name, (address, words) in pages.items():
        page = eyes.open(address)
        keep(page, name, request)
        text = page.inner_text("body")
        here = [f"does not say: {one}" for one in words if one not in text]
        here += [*eyes.complaints, *eyes.barriers(page)]
        wide = page.evaluate(WIDE)
        here += [f"{wide} pixels wider than the screen"] * (wide > 0)
        here += page.evaluate(CUT)
        if here:
            found[name] = here
        eyes.complaints.clear()  # axe's own styles
        page.close()
    return found
