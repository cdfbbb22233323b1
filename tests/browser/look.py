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

# Sizes and widths as they stand, and what can be pressed in a row whose link covers it.
MEASURE = """smallest => {
  const problems = []
  for (const link of document.querySelectorAll('a')) {
    const over = getComputedStyle(link, '::after')
    if (over.content === 'none' || over.position !== 'absolute' || !link.checkVisibility()) continue
    let row = link
    while (row && getComputedStyle(row).position === 'static') row = row.parentElement
    for (const other of row?.querySelectorAll('a, button, input, select, label') ?? []) {
      const [{width, height} = {width: 0}] = other.getClientRects()
      if (link.contains(other) || width < 2 || !other.checkVisibility()) continue
      other.scrollIntoView({block: 'center', behavior: 'instant'})
      const {x, y} = other.getClientRects()[0]
      const hit = document.elementFromPoint(x + width / 2, y + height / 2)
      if (hit === link || hit === row) problems.push(`covered by a link: ${other.outerHTML.slice(0, 80)}`)
    }
  }
  const {scrollWidth, clientWidth} = document.documentElement
  if (scrollWidth > clientWidth) problems.push(`${scrollWidth - clientWidth} px wider than the screen`)
  for (const heading of document.querySelectorAll('h1, h2, h3')) {
    const {width, height} = heading.getBoundingClientRect()
    if (height > 4 * width && heading.checkVisibility())
      problems.push(`squeezed: ${heading.textContent.trim()}: ${width} x ${height}`)
  }
  for (const element of document.querySelectorAll('button, .button, input, select, textarea, summary')) {
    if (!element.checkVisibility() || ['radio', 'checkbox', 'hidden'].includes(element.type)) continue
    const {width, height} = element.getBoundingClientRect()
    if (width && (width < smallest || height < smallest))
      problems.push(`too small: ${element.outerHTML.slice(0, 80)}: ${width} x ${height}`)
  }
  return problems
}"""

# What is wrong with the page as it stands after its motion, which is brought to its end at once.
# The rules of axe-core that are not on colours judge the whole page at its first look, and at each other what was not
# visible before. Those on colours (but for that of level AAA, which nobody asks for) judge the texts. What was judged
# already, on whatever page, is not judged again: a text of the same kind, size and colour on the same ground (what is
# positioned may lie on another at another width, and is judged at each), and a part of the page with the same HTML that
# appears at the same width. For each run axe-core goes over the whole page, so there is one for all of it, or none.
LOOK = f"""async ([smallest, known]) => {{
  let moving
  do {{
    await new Promise(requestAnimationFrame)
    moving = document.getAnimations().filter(animation => animation.playState === 'running')
    for (const animation of moving) animation.finish()
  }} while (moving.length)
  const problems = ({MEASURE})(smallest)
  const outermost = elements => [...elements].filter(element => !elements.has(element.parentElement))

  const hash = (start, ...words) => {{
    let made = start
    for (const letter of words.join()) made = Math.imul(made ^ letter.charCodeAt(0), 0x5bd1e995) ^ made >>> 13
    return made
  }}
  const judged = new Set(known.split(' ')), grounds = new Map(), fresh = new Map(), appeared = new Set()
  const first = !window.appearedBefore
  const before = window.appearedBefore ??= new Set()
  for (const element of document.querySelectorAll('body, body *')) {{
    if (!element.checkVisibility()) continue  // nor is anything in it
    const style = getComputedStyle(element)
    const {{backgroundColor, backgroundImage, opacity, position}} = style
    const place = ['static', 'relative'].includes(position) ? position : position + innerWidth
    let ground = grounds.get(element.parentElement) ?? 7
    const own = [backgroundColor, backgroundImage, opacity, place].join()
    if (own !== 'rgba(0, 0, 0, 0),none,1,static') ground = hash(ground, own)
    grounds.set(element, ground)
    const {{width, height}} = element.getBoundingClientRect()
    if (width <= 1 || height <= 1 || !element.checkVisibility({{visibilityProperty: true}})) continue
    if (!before.has(element)) appeared.add(element)
    const says = [...element.childNodes].some(({{nodeType, data}}) => nodeType === 3 && data.trim())
    if (!says && !('placeholder' in element) && element.tagName !== 'SELECT') continue
    const {{color, fontSize, fontWeight, textDecorationLine}} = style
    const text = hash(ground, element.tagName, element.type, color, fontSize, fontWeight, textDecorationLine)
    if (judged.has(String(text))) continue
    fresh.set(text, [...(fresh.get(text) ?? []), element].slice(0, 3))  // of each kind; of some, nothing can be said
  }}
  for (const element of appeared) before.add(element)
  const parts = new Map(outermost(appeared).map(part => [part, hash(innerWidth, part.outerHTML)]))
  const unknown = first ? [document] : [...parts.keys()].filter(part => !judged.has(String(parts.get(part))))

  const texts = window.textsToJudge = new Set([...fresh.values()].flat())
  const onColours = axe.getRules(['cat.color']).map(({{ruleId}}) => ruleId)
  if (first) for (const rule of axe._audit.rules.filter(({{id}}) => onColours.includes(id))) {{
    const {{matches}} = rule
    rule.matches = (node, ...more) => {{
      for (let around = node; around; around = around.parentElement)
        if (window.textsToJudge.has(around)) return matches.call(rule, node, ...more)
      return false
    }}
  }}
  if (unknown.length || texts.size) {{
    const rules = unknown.length ? {{}} : {{runOnly: ['cat.color']}}
    const {{violations}} = await axe.run({{include: [...unknown, ...texts]}}, {{
      resultTypes: ['violations'], ...rules, rules: {{'color-contrast-enhanced': {{enabled: false}}}}
    }})
    problems.push(...violations.flatMap(({{id, nodes}}) => nodes.slice(0, 3).map(
      ({{html, failureSummary}}) => `${{id}}: ${{html.slice(0, 120)}} (${{failureSummary.slice(0, 200)}})`)))
  }}
  const news = [...fresh.keys(), ...(first ? [] : unknown.map(part => parts.get(part)))]
  return [problems, news.join(' ')]
}}"""
# What was judged without a complaint.
_judged: list[str] = []


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
    opened.begin_with(AXE.read_text())
    opened.begin_with(STILL)


def look(page: Page, looks: tuple[tuple[str, Theme], ...] = LOOKS) -> list[str]:
    """What is wrong with the page that is open."""
    problems: list[str] = []
    shown: Theme | None = None
    for size, theme in looks:
        if page.viewport_size != SIZES[size]:
            page.set_viewport_size(SIZES[size])
        if theme != shown:
            page.emulate_media(color_scheme=theme)
            shown = theme
        found, fresh = page.evaluate(LOOK, [SMALLEST_TARGET, " ".join(_judged)])
        problems += [f"{page.url} ({theme}, {size}): {problem}" for problem in found]
        if not found:
            _judged.append(fresh)
    return problems


def measure(page: Page) -> list[str]:
    """What is too wide or too small on the page that is open."""
    problems: list[str] = []
    for name, size in SIZES.items():
        page.set_viewport_size(size)
        problems += [f"{page.url} ({name}): {found}" for found in page.evaluate(MEASURE, SMALLEST_TARGET)]
    return problems
