"""A look at a page, light and dark, on a phone and a desktop: accessible, inside its width, silent on the console."""

from itertools import cycle

from playwright.sync_api import Page, ViewportSize

from tests.browser.chromium import AXE, Theme, Window

SIZES: dict[str, ViewportSize] = {
    "phone": {"width": 360, "height": 740},
    "desktop": {"width": 1280, "height": 800},
}
# From one look to the next only one thing changes. Every second page is looked at in the opposite order, so that none
# has to be laid out anew before it is left.
LOOKS: tuple[tuple[str, Theme], ...] = (
    ("phone", "light"),
    ("phone", "dark"),
    ("desktop", "dark"),
    ("desktop", "light"),
)
SMALLEST_TARGET = 24  # CSS px (docs/ui.md, Behave); links inside a sentence are exempt (WCAG 2.5.8)

# What fades would be measured half transparent, and a frame later in every theme.
STILL = """addEventListener('DOMContentLoaded', () => {
  const sheet = new CSSStyleSheet()
  sheet.replaceSync('*, *::before, *::after { transition-property: none !important }')
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet]
})"""

# Sizes and widths as they stand.
MEASURE = """smallest => {
  const problems = []
  const {scrollWidth, clientWidth} = document.documentElement
  if (scrollWidth > clientWidth) problems.push(`${scrollWidth - clientWidth} px wider than the screen`)
  for (const element of document.querySelectorAll('button, .button, input, select, textarea, summary')) {
    if (!element.checkVisibility() || ['radio', 'checkbox', 'hidden'].includes(element.type)) continue
    const {width, height} = element.getBoundingClientRect()
    if (width && (width < smallest || height < smallest))
      problems.push(`too small: ${element.outerHTML.slice(0, 80)}: ${width} x ${height}`)
  }
  return problems
}"""

# What is wrong with the page as it stands after its motion, which is brought to its end at once.
# While all is as large, where and as visible as at the last look, the theme has changed colours alone, and of the rules
# of axe-core only those on colours can find anything new (but for that of level AAA, which nobody asks for): on what
# was not seen in these colours of this theme yet, at the other width. Its new place was judged by the look before.
LOOK = f"""async smallest => {{
  let moving
  do {{
    await new Promise(requestAnimationFrame)
    moving = document.getAnimations().filter(animation => animation.playState === 'running')
    for (const animation of moving) animation.finish()
  }} while (moving.length)
  const problems = ({MEASURE})(smallest)
  const theme = matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light'
  const seen = (window.seenIn ??= {{light: new Map(), dark: new Map()}})[theme]
  const fresh = new Set()
  const shape = JSON.stringify([...document.querySelectorAll('*')].map(element => {{
    const {{x, y, width, height}} = element.getBoundingClientRect()
    const visible = element.checkVisibility({{visibilityProperty: true}})
    const {{color, backgroundColor, opacity}} = getComputedStyle(element)
    const colours = [color, backgroundColor, opacity].join()
    if (visible && width > 1 && height > 1 && seen.get(element) !== colours) {{
      fresh.add(element)
      seen.set(element, colours)
    }}
    return [element.tagName, x, y, width, height, visible]
  }}))
  const still = shape === window.lastShape
  window.lastShape = shape
  if (still && !fresh.size) return problems
  const onColours = {{runOnly: ['cat.color'], rules: {{'color-contrast-enhanced': {{enabled: false}}}}}}
  const include = still ? [...fresh].filter(element => !fresh.has(element.parentElement)) : [document]
  const {{violations}} = await axe.run({{include}}, {{resultTypes: ['violations'], ...(still && onColours)}})
  return problems.concat(violations.flatMap(({{id, nodes}}) => nodes.slice(0, 3).map(
    ({{html, failureSummary}}) => `${{id}}: ${{html.slice(0, 120)}} (${{failureSummary.slice(0, 200)}})`)))
}}"""


def check(opened: Window, *paths: str, complaint: str = "404 (NOT FOUND)") -> None:
    """Nothing is wrong with the pages at these addresses, in any theme and at any width."""
    be_ready(opened)
    problems: list[str] = []
    for path, looks in zip(paths, cycle((LOOKS, LOOKS[::-1])), strict=False):
        opened.page.set_viewport_size(SIZES[looks[0][0]])
        opened.page.emulate_media(color_scheme=looks[0][1])
        opened.page.goto(path)
        problems += look(opened.page, looks)
    opened.expect_complaint(complaint)
    assert not problems, "\n".join(problems)


def be_ready(opened: Window) -> None:
    """What a look needs, in every page that is opened from now on."""
    opened.context.add_init_script(path=AXE)
    opened.context.add_init_script(STILL)


def look(page: Page, looks: tuple[tuple[str, Theme], ...] = LOOKS) -> list[str]:
    """What is wrong with the page that is open."""
    problems: list[str] = []
    for size, theme in looks:
        page.set_viewport_size(SIZES[size])
        page.emulate_media(color_scheme=theme)
        found = page.evaluate(LOOK, SMALLEST_TARGET)
        problems += [f"{page.url} ({theme}, {size}): {problem}" for problem in found]
    return problems


def measure(page: Page) -> list[str]:
    """What is too wide or too small on the page that is open."""
    problems: list[str] = []
    for name, size in SIZES.items():
        page.set_viewport_size(size)
        problems += [f"{page.url} ({name}): {found}" for found in page.evaluate(MEASURE, SMALLEST_TARGET)]
    return problems
