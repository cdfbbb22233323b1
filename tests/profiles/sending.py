"""Forms with files in them, as a browser without JavaScript sends them."""

from urllib.parse import urljoin

from tests.support.client import TIMEOUT, Page


def send(page: Page, form: str, *, picture: bytes | None = None, **typed: str) -> Page:
    """Fill a form in, choose this picture in it or none, and send it."""
    element = page.one(form)
    values = page.values(form) | typed
    del values["picture"]
    # Where nothing was chosen a browser sends a file without a name.
    chosen = (
        ("me.png", picture, "image/png") if picture is not None else ("", b"", "application/octet-stream")
    )
    response = page.client.session.post(
        urljoin(page.url, element.attrs["action"] or ""),
        data=values,
        files={"picture": chosen},
        headers={"Referer": page.url, "Sec-Fetch-Site": "same-origin"},
        timeout=TIMEOUT,
    )
    return Page(page.client, response)
