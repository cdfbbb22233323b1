"""`make demo-video`: the whole story of two people, first without JavaScript, which nobody records, and then with it in
two windows side by side, as docs/demo.webm. Its last moment is docs/picture.png.

Each window records itself; ffmpeg puts the two beside each other, under the name of the step. Playwright looks for its
own ffmpeg, so Debian's is linked to where it looks (the number belongs to the pinned Playwright).
"""

import base64
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from gigflow.core.mongod import start_mongod
from tests.browser import story
from tests.browser.chromium import Window, chromium
from tests.support.client import Person
from tests.support.server import ROOT, Server

VIDEO = ROOT / "docs" / "demo.webm"
PICTURE = ROOT / "docs" / "picture.png"
PLAYWRIGHT_FFMPEG = "ffmpeg-1013/ffmpeg-linux"
SIDES = ("owner", "freelancer")
SIZE = {"width": 640, "height": 800}
BAR = 72  # px, of the step's name above the windows
LOOK = 6_000  # ms: a viewer needs time to read
SLOW = 600  # ms after each click and each field
STYLE = """
@font-face { font-family: Title; src: url(data:font/woff2;base64,%s) }
body { margin: 0; height: 72px; display: flex; align-items: center; padding: 0 24px; gap: 20px;
  background: #17231c; color: #fff; font: 600 26px Title }
span { color: #9fd8b4 }
"""
FONT = ROOT / "static" / "fonts" / "bricolage-grotesque-latin-wght-normal.woff2"


class Steps:
    """What the video shows from which second on."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self.all: list[tuple[float, str, str]] = []

    def begin(self, name: str, what: str) -> None:
        """Say that a step begins now."""
        self.all.append((time.monotonic() - self._began, name, what))


def main() -> int:
    """Record the video; the exit code."""
    ffmpeg = shutil.which("ffmpeg")
    if not ffmpeg:
        print("ffmpeg is not installed: apt-get install ffmpeg", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory(prefix="gigflow-video-") as folder:
        _link_ffmpeg(Path(folder), ffmpeg)
        mongod = start_mongod(Path(folder) / "mongo")
        server = Server(mongod.uri, Path(folder))
        try:
            videos, bars = _live(server, Path(folder))
        finally:
            server.stop()
            mongod.stop()
        _put_together(ffmpeg, videos, bars)
        pictures = [Path(folder) / f"{side}.png" for side in SIDES]
        _run(ffmpeg, pictures, "hstack=inputs=2", PICTURE)
    for made in (VIDEO, PICTURE):
        print(f"{made.relative_to(ROOT)}: {made.stat().st_size // 1024} KB")
    return 0


def _link_ffmpeg(folder: Path, ffmpeg: str) -> None:
    link = folder / "browsers" / PLAYWRIGHT_FFMPEG
    link.parent.mkdir(parents=True)
    link.symlink_to(ffmpeg)
    os.environ["PLAYWRIGHT_BROWSERS_PATH"] = str(folder / "browsers")


def _live(server: Server, folder: Path) -> tuple[list[Path], list[tuple[float, Path]]]:
    """Live the story twice; returns the recordings, and from which second on each bar stands above them."""
    people = [
        Person(server.url, name, f"{name.replace(' ', '.').lower()}@example.org", secrets.token_urlsafe(12))
        for name in ("Maya Lindt", "Ben Okafor", "Maya Lind", "Ben Oka")
    ]
    with chromium() as browser:
        still = [Window(browser, server.url, java_script_enabled=False) for _ in SIDES]
        owner, freelancer = (window.page for window in still)
        story.live_it_without_scripts(owner, freelancer, *people[2:], "Three icons for a bakery")
        for window in still:
            window.close()
    with chromium(SLOW) as browser:
        videos, steps = _record(browser, server, folder, *people[:2])
    with chromium() as browser:
        return videos, _bars(browser, steps, folder)


def _record(
    browser: Browser, server: Server, folder: Path, maya: Person, ben: Person
) -> tuple[list[Path], Steps]:
    options = {"viewport": SIZE, "record_video_dir": str(folder), "record_video_size": SIZE}
    windows = [Window(browser, server.url, reduced_motion="no-preference", **options) for _ in SIDES]
    owner, freelancer = (window.page for window in windows)
    steps = Steps()
    _play(steps, owner, freelancer, maya, ben)
    for side, page in zip(SIDES, (owner, freelancer), strict=True):
        page.screenshot(path=folder / f"{side}.png")
    videos = [Path(window.page.video.path()) for window in windows if window.page.video]
    for window in windows:
        # A fade that comes too late, while two videos are drawn.
        window.expect_complaint("Transition was aborted")
        window.close()
    return videos, steps


def _bars(browser: Browser, steps: Steps, folder: Path) -> list[tuple[float, Path]]:
    """Draw the name of each step, in our own font."""
    page = browser.new_page(viewport={"width": 2 * SIZE["width"], "height": BAR})
    style = STYLE % base64.b64encode(FONT.read_bytes()).decode()
    drawn = []
    for number, (second, name, what) in enumerate(steps.all):
        page.set_content(f"<style>{style}</style><body>{name} <span>{what}</span>")
        page.evaluate("() => document.fonts.ready")
        drawn.append((second, folder / f"bar-{number}.png"))
        page.screenshot(path=drawn[-1][1])
    return drawn


def _play(steps: Steps, owner: Page, freelancer: Page, maya: Person, ben: Person) -> None:
    """Both windows are open from the first to the last moment, so that the recordings run alike."""
    steps.begin("1 Login", "Maya looks for somebody. Ben looks for work.")
    freelancer.goto("/")
    story.log_in(owner, maya.email, maya.password)
    story.log_in(freelancer, ben.email, ben.password)
    _look(freelancer)
    steps.begin("2 Create gig", "Maya posts a job.")
    story.create_gig(owner)
    _look(owner)
    steps.begin("3 Bid", "Ben finds it and bids. Maya’s open page shows the bid by itself.")
    story.find_gig(freelancer)
    _look(freelancer)
    story.bid(freelancer)
    _look(freelancer)
    freelancer.goto("/jobs")
    steps.begin("4 Hire", "Maya sees what binds her, and hires Ben.")
    owner.get_by_role("listitem").filter(has_text=ben.name).get_by_role("link", name="Hire").hover()
    _look(owner)
    story.ask_to_hire(owner, ben.name)
    _look(owner)
    story.confirm_hire(owner)
    steps.begin("5 Real-time notification", "Ben is told the moment it happens, on whatever page he is.")
    story.see_toast(freelancer)
    _look(freelancer)
    _look(freelancer)
    freelancer.locator("#toasts a").click()
    _look(freelancer)
    steps.begin("And then: pay", "The money is held until the work is accepted.")
    story.pay(owner)
    expect(story.turn(freelancer)).to_contain_text("Deliver by")
    _look(freelancer)
    steps.begin("Deliver", "Ben hands in the work.")
    story.deliver(freelancer)
    _look(owner)
    steps.begin("Accept", "Maya accepts, and the money is released to Ben.")
    story.accept(owner)
    expect(story.turn(freelancer)).to_contain_text("Completed. ")
    _look(freelancer)
    _look(freelancer)


def _look(page: Page) -> None:
    page.wait_for_timeout(LOOK)


def _put_together(ffmpeg: str, videos: list[Path], bars: list[tuple[float, Path]]) -> None:
    """Put the windows beside each other, and above them each step's name until the next."""
    begins = [second for second, _ in bars]
    chain = [f"[0][1]hstack=inputs=2,pad=iw:ih+{BAR}:0:{BAR}[v0]"]
    for number, (begin, end) in enumerate(zip(begins, [*begins[1:], 3600.0], strict=True)):
        when = f"enable='between(t,{begin if number else 0:.2f},{end:.2f})'"
        chain.append(f"[v{number}][{number + 2}]overlay=0:0:{when}[v{number + 1}]")
    encoding = ("-map", f"[v{len(bars)}]", "-c:v", "libvpx-vp9", "-crf", "40", "-b:v", "0", "-an")
    _run(ffmpeg, [*videos, *(path for _, path in bars)], ";".join(chain), VIDEO, *encoding)


def _run(ffmpeg: str, parts: list[Path], chain: str, output: Path, *encoding: str) -> None:
    output.parent.mkdir(exist_ok=True)
    inputs = [word for part in parts for word in ("-i", str(part))]
    command = [ffmpeg, "-y", "-loglevel", "error", *inputs, "-filter_complex", chain, *encoding]
    subprocess.run([*command, str(output)], check=True)


if __name__ == "__main__":
    sys.exit(main())
