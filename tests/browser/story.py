"""The main job as two people live it: log in, create a gig, bid, hire, and the toast on the other screen;
then pay, deliver and accept.

The test and the demo video are the same run. Each step is what a person does; nothing goes around the pages.
"""

import re

from playwright.sync_api import FilePayload, Locator, Page, expect

from tests.support.client import Person

TITLE = "A landing page for a small bakery"
DESCRIPTION = (
    "Copy and photos are ready. One page, three sections, an order form by e-mail. "
    "We would like something warm that loads fast on old phones."
)
MESSAGE = "I have built nine of these. Three days, two rounds of changes, and I test on a phone of 2016."

DELIVERED = "The page, as agreed. Open it on your oldest phone first."
FILE: FilePayload = {"name": "page.html", "mimeType": "text/html", "buffer": b"<h1>Bread</h1>"}
CARD = {"card_number": "4242424242424242", "expiry": "12 / 34", "cvc": "123", "name": "Maya Lindt"}


def log_in(page: Page, email: str, password: str) -> None:
    """From the start page to being signed in."""
    page.goto("/")
    page.get_by_role("banner").get_by_role("link", name="Sign in").click()
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.wait_for_url("**/")


def create_gig(page: Page, title: str = TITLE) -> str:
    """Post a job; the address of its page."""
    page.get_by_role("link", name=re.compile("^Post( a job)?$")).first.click()  # on a phone it is one word
    page.get_by_label("Title").fill(title)
    page.get_by_label("Description").fill(DESCRIPTION)
    page.get_by_label("Budget").fill("500")
    page.get_by_role("button", name="Post this job").click()
    expect(page.get_by_role("heading", level=1, name=title)).to_be_visible()
    return page.url


def find_gig(page: Page, title: str = TITLE) -> None:
    """Find the job by typing a part of its title, and open it."""
    page.goto("/jobs")
    page.get_by_role("searchbox").press_sequentially(title[2:14], delay=20)
    page.get_by_role("link", name=title, exact=True).click()
    expect(page.get_by_role("heading", level=1, name=title)).to_be_visible()


def bid(page: Page) -> None:
    """Bid for the job whose page is open."""
    page.get_by_label("Message", exact=True).fill(MESSAGE)
    page.get_by_label("Your price").fill("450")
    page.get_by_role("button", name="Send this bid").click()
    expect(page.get_by_role("heading", name="Your bid")).to_be_visible()


def hire(page: Page, name: str) -> None:
    """Hire from the job's page, by its one dialog; it leads to the order."""
    ask_to_hire(page, name)
    confirm_hire(page)


def ask_to_hire(page: Page, name: str) -> None:
    """Open the dialog, which says what binds."""
    page.get_by_role("listitem").filter(has_text=name).get_by_role("link", name="Hire").click()
    expect(page.get_by_role("button", name="Hire for $450")).to_be_visible()


def confirm_hire(page: Page) -> None:
    """Hire; it leads to the order."""
    page.get_by_role("button", name="Hire for $450").click()
    expect(turn(page)).to_contain_text("Pay $")


def see_toast(page: Page, title: str = TITLE) -> None:
    """In the words of docs/domain.md, Hire."""
    expect(
        page.locator("#toasts").get_by_text(f"You have been hired for {title}!", exact=True)
    ).to_be_visible()


def turn(page: Page) -> Locator:
    """The one sentence of the order whose page is open: who must do what by when."""
    return page.locator("#order .turn [role=status]")


def pay(page: Page) -> None:
    """Pay for the order whose page is open, at the sandbox."""
    page.locator("#order").get_by_role("link", name="Pay", exact=True).click()
    page.get_by_role("button", name="Pay $450").click()
    for name, text in CARD.items():
        page.locator(f"[name={name}]").fill(text)
    page.get_by_role("button", name="Pay $450").click()
    page.wait_for_url("**/orders/*")
    expect(turn(page)).to_contain_text("has to deliver by")


def deliver(page: Page) -> None:
    """Hand in the work of the order whose page is open."""
    page.locator("#order").get_by_role("link", name="Deliver", exact=True).click()
    page.locator("[name=message]").fill(DELIVERED)
    page.locator("[name=files]").set_input_files(FILE)
    page.get_by_role("button", name="Deliver").click()
    expect(page.locator("#deliveries")).to_contain_text(DELIVERED)


def accept(page: Page) -> None:
    """Accept what was delivered, by the page's one dialog."""
    page.locator("#order").get_by_role("link", name="Accept", exact=True).click()
    page.get_by_role("button", name="Accept and release $450").click()
    expect(turn(page)).to_contain_text("Completed. ")


def live_it_without_scripts(owner: Page, freelancer: Page, maya: Person, ben: Person, title: str) -> None:
    """Do every step in two windows that run no scripts: no toast comes, and the news waits on its page."""
    log_in(owner, maya.email, maya.password)
    log_in(freelancer, ben.email, ben.password)
    job = create_gig(owner, title)
    freelancer.goto("/jobs")
    freelancer.get_by_role("searchbox").fill(title)
    freelancer.get_by_role("searchbox").press("Enter")
    freelancer.get_by_role("link", name=title, exact=True).click()
    bid(freelancer)
    owner.goto(job)
    hire(owner, ben.name)
    freelancer.goto("/notifications")
    expect(freelancer.get_by_text(f"You have been hired for {title}!")).to_be_visible()
    pay(owner)
    freelancer.goto(owner.url)
    deliver(freelancer)
    owner.reload()
    accept(owner)
    freelancer.reload()
    expect(turn(freelancer)).to_contain_text("Completed. ")
