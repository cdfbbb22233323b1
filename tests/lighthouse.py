"""`make lighthouse`: home, the jobs, a job, a service and an order have at least 95 in each of Lighthouse's categories.

An order is no search engine's business (`noindex`), so its SEO does not count. The market is that of `make demo`, in a
folder of its own that goes away; or one that is running already, by its address.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import requests
from playwright.sync_api import Browser, sync_playwright

from tests.browser.chromium import binary
from tests.support.server import ROOT, free_port

PACKAGE = "lighthouse@12.8.2"
LEAST = 95
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
MEMBER = {"email": "ingrid@example.org", "password": "open-market"}  # gigflow/demo/script.toml
# What else the machine does slows a page down: one that is too slow is measured again, and its best counts.
TRIES = 3
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update")

Scores = dict[str, int]


def main(url: str) -> int:
    """Measure, and print the scores; the exit code."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # nothing that it has started stays
    with ExitStack() as stack:
        url = url or stack.enter_context(_demo())
        port = free_port()
        browser = stack.enter_context(_browser(port))
        member = requests.Session()
        member.post(f"{url}/api/auth/login", json=MEMBER, timeout=30).raise_for_status()
        print("".join(f"{title:>16}" for title in CATEGORIES))
        poor = False
        for path in ("/", "/jobs", *_of_a_visitor(url), *_of(member, url)):
            is_order = path.startswith("/orders/")
            if is_order:
                _sign_in(browser, url, member)
            best, complaints = _measure(url + path, port, {"seo"} if is_order else set())
            print("".join(f"{best[name]:>16}" for name in CATEGORIES), path)
            print("".join(f"    {complaint}\n" for complaint in complaints), end="")
            poor = poor or bool(complaints)
    return int(poor)


@contextmanager
def _demo() -> Iterator[str]:
    """Run a filled market, as `make demo` does; its address."""
    with tempfile.TemporaryDirectory(prefix="gigflow-lighthouse-") as folder:
        run = [sys.executable, str(ROOT / "wsgi.py"), "--demo"]
        environ = {**os.environ, "VAR_DIR": folder, "PORT": "0", "LOG_LEVEL": "WARNING"}
        with subprocess.Popen(run, cwd=folder, env=environ, stdout=subprocess.PIPE, text=True) as server:
            try:
                assert server.stdout
                for line in server.stdout:
                    print(line, end="", flush=True)
                    if line.startswith("GigFlow is at "):
                        yield line.split()[3]
                        return
                raise SystemExit("The market of the demo did not start.")
            finally:
                server.terminate()


@contextmanager
def _browser(port: int) -> Iterator[Browser]:
    """Run a Chromium that Lighthouse finds at this port."""
    with sync_playwright() as playwright:
        flags = [*FLAGS, f"--remote-debugging-port={port}"]
        running = playwright.chromium.launch(executable_path=binary(), args=flags)
        yield running
        running.close()


def _of_a_visitor(url: str) -> Iterator[str]:
    """The newest job and the newest service, by their own addresses."""
    for kind in ("job", "service"):
        newest = requests.get(f"{url}/api/gigs/search?kind={kind}", timeout=30).json()["data"][0]
        yield requests.get(f"{url}/gigs/{newest['id']}", timeout=30).url.removeprefix(url)


def _of(member: requests.Session, url: str) -> Iterator[str]:
    """An order that has been delivered: its page has most on it."""
    orders = member.get(f"{url}/api/orders", timeout=30).json()["data"]
    yield f"/orders/{next(order['id'] for order in orders if order['status'] == 'delivered')}"


def _sign_in(browser: Browser, url: str, member: requests.Session) -> None:
    """Give the browser's own context the cookies of somebody who has signed in."""
    cookies = [
        {"name": name, "value": value, "url": url} for name, value in member.cookies.get_dict().items()
    ]
    browser.new_browser_cdp_session().send("Storage.setCookies", {"cookies": cookies})


def _measure(address: str, port: int, exempt: set[str]) -> tuple[Scores, list[str]]:
    """Return the best scores of a page, and what Lighthouse says about those that are too low."""
    best: Scores = {}
    complaints: list[str] = []
    for _ in range(TRIES):
        report = _report(address, port)
        scores = {name: round(100 * report["categories"][name]["score"]) for name in CATEGORIES}
        best = {name: max(score, best.get(name, 0)) for name, score in scores.items()}
        low = [name for name in CATEGORIES if best[name] < LEAST and name not in exempt]
        complaints = [f"{name}: {said}" for name in low for said in _complaints(report, name)]
        if low != ["performance"]:
            break
    return best, complaints


def _report(address: str, port: int) -> dict[str, Any]:
    asked = ("npx", "--yes", PACKAGE, address, "--quiet", "--output=json", f"--port={port}")
    done = subprocess.run(asked, stdout=subprocess.PIPE, check=True, timeout=300)
    report: dict[str, Any] = json.loads(done.stdout)
    # It would judge a page to sign in just as gladly.
    assert report["finalDisplayedUrl"] == address, report["finalDisplayedUrl"]
    return report


def _complaints(report: dict[str, Any], category: str) -> Iterator[str]:
    for part in report["categories"][category]["auditRefs"]:
        audit = report["audits"][part["id"]]
        if part["weight"] and audit["score"] is not None and audit["score"] < 0.9:
            yield f"{audit['title']} {audit.get('displayValue', '')}".strip()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1].rstrip("/") if len(sys.argv) > 1 else ""))
