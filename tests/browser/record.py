"""`make demo-video`: the story of two people in two windows side by side, as docs/demo.webm, and its last moment as
docs/picture.png.

Each window records itself; ffmpeg puts the two beside each other. Playwright looks for its own ffmpeg, so Debian's is
linked to where it looks (the number belongs to the pinned Playwright).
"""

import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, expect

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
LOOK = 2_000  # ms: a viewer needs time to read


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
            videos = _record(server, Path(folder))
        finally:
            server.stop()
            mongod.stop()
        _side_by_side(ffmpeg, videos, VIDEO, "-c:v", "libvpx-vp9", "-crf", "40", "-b:v", "0", "-an")
        _side_by_side(ffmpeg, [Path(folder) / f"{side}.png" for side in SIDES], PICTURE)
    for made in (VIDEO, PICTURE):
        print(f"{made.relative_to(ROOT)}: {made.stat().st_size // 1024} KB")
    return 0


def _link_ffmpeg(folder: Path, ffmpeg: str) -> None:
    link = folder / "browsers" / PLAYWRIGHT_FFMPEG
    link.parent.mkdir(parents=True)
    link.symlink_to(ffmpeg)
    os.environ["PLAYWRIGHT_BROWSERS_PATH"] = str(folder / "browsers")


def _record(server: Server, folder: Path) -> list[Path]:
    password = secrets.token_urlsafe(12)
    maya = Person(server.url, "Maya Lindt", "maya@example.org", password)
    ben = Person(server.url, "Ben Okafor", "ben@example.org", password)
    with chromium() as browser:
        options = {"viewport": SIZE, "record_video_dir": str(folder), "record_video_size": SIZE}
        windows = [Window(browser, server.url, reduced_motion="no-preference", **options) for _ in range(2)]
        owner, freelancer = (window.page for window in windows)
        _play(owner, freelancer, maya, ben)
        for side, page in zip(SIDES, (owner, freelancer), strict=True):
            page.screenshot(path=folder / f"{side}.png")
        videos = [Path(window.page.video.path()) for window in windows if window.page.video]
        for window in windows:
            window.close()
    return videos


def _play(owner: Page, freelancer: Page, maya: Person, ben: Person) -> None:
    """Both windows are open from the first to the last moment, so that the recordings run alike."""
    freelancer.goto("/")
    story.log_in(owner, maya.email, maya.password)
    _look(owner)
    story.log_in(freelancer, ben.email, ben.password)
    _look(freelancer)
    story.create_gig(owner)
    _look(owner)
    story.find_gig(freelancer)
    _look(freelancer)
    story.bid(freelancer)
    _look(freelancer)
    freelancer.goto("/jobs")
    owner.get_by_role("listitem").filter(has_text=ben.name).get_by_role("link", name="Hire").hover()
    _look(owner)
    story.hire(owner, ben.name)
    story.see_toast(freelancer)
    _look(freelancer)
    freelancer.locator("#toasts a").click()
    story.pay(owner)
    expect(story.turn(freelancer)).to_contain_text("Deliver by")
    _look(freelancer)
    story.deliver(freelancer)
    _look(owner)
    story.accept(owner)
    expect(story.turn(freelancer)).to_contain_text("Completed. ")
    _look(freelancer)
    _look(freelancer)


def _look(page: Page) -> None:
    page.wait_for_timeout(LOOK)


def _side_by_side(ffmpeg: str, parts: list[Path], output: Path, *encoding: str) -> None:
    output.parent.mkdir(exist_ok=True)
    inputs = [word for part in parts for word in ("-i", str(part))]
    command = [ffmpeg, "-y", "-loglevel", "error", *inputs, "-filter_complex", "hstack=inputs=2", *encoding]
    subprocess.run([*command, str(output)], check=True)


if __name__ == "__main__":
    sys.exit(main())
