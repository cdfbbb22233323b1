"""Somebody at a browser without JavaScript, or a program: a cookie jar that talks to one server."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import urldefrag, urljoin

import requests
from justhtml import Element, JustHTML

from tests.support.house import check_house, document_of

TIMEOUT = 60.0
HOST = "127.0.0.1"  # where all servers of tests are
FORM_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
USER_AGENT = requests.utils.default_user_agent()
Json = dict[str, Any]


class Page:
    """An HTML answer: what it shows, and the forms and links that lead on from it."""

    def __init__(self, client: "Client", response: requests.Response) -> None:
        self.client = client
        self.response = response
        self.status = response.status_code
        self.url = response.url
        self.path = response.url.removeprefix(client.url)

    @property
    def document(self) -> JustHTML:
        return document_of(self.response)

    @property
    def text(self) -> str:
        """What a person reads, with single spaces."""
        return " ".join(self.document.to_text().split())

    def all(self, selector: str) -> list[Element]:
        return list(self.document.query(selector))

    def one(self, selector: str) -> Element:
        """The one element that the selector means."""
        found = self.all(selector)
        assert len(found) == 1, f"{len(found)} of {selector} at {self.path}: {self.text}"
        return found[0]

    def texts(self, selector: str) -> list[str]:
        return [" ".join(element.to_text().split()) for element in self.all(selector)]

    def link(self, words: str) -> str:
        """The address of the one link that says these words."""
        found = {
            element.attrs["href"] or ""
            for element in self.all("a[href]")
            if words == " ".join(element.to_text().split())
        }
        assert len(found) == 1, f"{len(found)} links say {words!r} at {self.path}"
        return found.pop()

    def values(self, form: str) -> dict[str, str]:
        """What a browser would send of this form if nobody touched it."""
        return dict(self._controls(form))

    def submit(
        self,
        form: str,
        /,
        *,
        attach: Sequence[tuple[str, bytes]] = (),
        upload: Mapping[str, tuple[str, bytes]] | None = None,
        at: str = "",
        **typed: str,
    ) -> "Page":
        """Fill the form in and send it, as a browser without JavaScript does: with these files in its field `files`,
        others by their fields, and by the button `at`.
        """
        controls, element = self._controls(form), self.one(form)
        button = self.one(f"{form} {at}").attrs if at else {}
        places = dict.fromkeys(name for name, _ in controls) | typed
        values = [
            (name, value)
            for place in places
            for name, value in ([(place, typed[place])] if place in typed else controls)
            if name == place
        ]
        if button.get("name"):
            values.append((button["name"] or "", button.get("value") or ""))
        action = urljoin(self.url, button.get("formaction") or element.attrs.get("action") or "")
        method = (element.attrs.get("method") or "get").lower()
        sent: dict[str, Any] = {"params": values} if method == "get" else {"data": values}
        if element.attrs.get("enctype") == "multipart/form-data":
            named = [("files", each) for each in attach or [("", b"")]]
            sent["files"] = [*named, *(upload or {}).items()]
        headers = {"Referer": self.url, "Sec-Fetch-Site": "same-origin"}
        response = self.client.session.request(method, action, headers=headers, timeout=TIMEOUT, **sent)
        return Page(self.client, response)

    def _controls(self, form: str) -> list[tuple[str, str]]:
        controls = self.one(form).query("input, select, textarea")
        return [_control(element) for element in controls if _is_sent(element)]

    def errors(self, form: str) -> dict[str, str]:
        """The refusals of a form by the field that they stand at."""
        return {
            control.attrs["name"] or "": " ".join(self.one(f"#{control.attrs['id']}-error").to_text().split())
            for control in self.one(form).query("[aria-invalid]")
        }


class Client:
    """A cookie jar. API answers come as they are; pages pass the house checks on the way."""

    def __init__(self, url: str, **headers: str) -> None:
        self.url = url
        self.session = requests.Session()
        self.session.trust_env = False  # no proxy of the environment between a test and its server
        self.session.headers.update(headers)
        self.session.hooks["response"].append(_check)
        self._form_token: tuple[str | None, str] | None = None

    def request(self, method: str, path: str, body: object = None, **more: Any) -> requests.Response:
        """Send JSON (or `data=` as it is) and return the answer, redirects not followed."""
        if body is not None:
            more["json"] = body
        return self.session.request(
            method, self.url + path, **{"timeout": TIMEOUT, "allow_redirects": False, **more}
        )

    def get(self, path: str, **more: Any) -> requests.Response:
        return self.request("GET", path, **more)

    def post(self, path: str, body: object = None, **more: Any) -> requests.Response:
        return self.request("POST", path, body, **more)

    def put(self, path: str, body: object = None, **more: Any) -> requests.Response:
        return self.request("PUT", path, body, **more)

    def patch(self, path: str, body: object = None, **more: Any) -> requests.Response:
        return self.request("PATCH", path, body, **more)

    def delete(self, path: str, body: object = None, **more: Any) -> requests.Response:
        return self.request("DELETE", path, body, **more)

    def page(self, path: str, **more: Any) -> Page:
        """Open a page as a browser does, redirects followed."""
        return Page(self, self.request("GET", path, **{"allow_redirects": True, **more}))

    def fragment(self, method: str, path: str, at: str = "/", **data: str) -> Page:
        """Ask as HTMX does from the page `at`; a form carries its token."""
        headers = {
            "HX-Request": "true",
            "HX-Request-Type": "partial",
            "HX-Current-URL": self.url + at,
            "Sec-Fetch-Site": "same-origin",
        }
        sent = {"csrf_token": self.form_token(), **data} if method != "GET" else None
        return Page(self, self.request(method, path, headers=headers, data=sent))

    def form_token(self) -> str:
        """A form token for this cookie jar: one is good for as long as the session that it belongs to."""
        if self._form_token is None or self._form_token[0] != self.cookie("session"):
            page = self.page("/login" if not self.cookie("token") else "/")
            # To parse the page would cost as much as to fetch it.
            found = FORM_TOKEN.search(page.response.text)
            assert found, f"no form at {page.path}"
            self._form_token = self.cookie("session"), found[1]
        return self._form_token[1]

    def cookie(self, name: str) -> str | None:
        return self.session.cookies.get(name)

    def set_cookie(self, name: str, value: str) -> None:
        """Replace the value of a cookie that the server has set."""
        for cookie in self.session.cookies:
            if cookie.name == name:
                cookie.value = value

    def forget_cookie(self, name: str) -> None:
        """What a browser does when a cookie has run out."""
        for cookie in list(self.session.cookies):
            if cookie.name == name:
                self.session.cookies.clear(cookie.domain, cookie.path, cookie.name)

    def twin(self, **headers: str) -> "Client":
        """Another connection with a copy of the same cookies: a second tab, or a thief."""
        other = type(self).__new__(type(self))
        Client.__init__(other, self.url, **headers)
        other.session.cookies.update(self.session.cookies)
        return other

    def close(self) -> None:
        self.session.close()


class Known(NamedTuple):
    """An account that there is, and the cookies of a browser that is signed in to it."""

    id: str
    cookies: dict[str, str]


class Person(Client):
    """Somebody with an account, signed in: one that is `known` already, or who signs up."""

    def __init__(self, url: str, name: str, email: str, password: str, known: Known | None = None) -> None:
        super().__init__(url)
        self.name, self.email, self.password = name, email, password
        if known:
            self.id = known.id
            for cookie, value in known.cookies.items():
                self.session.cookies.set(cookie, value, domain=HOST, path="/")
            return
        answer = self.post("/api/auth/register", {"name": name, "email": email, "password": password})
        assert answer.status_code == 201, answer.text
        self.id = answer.json()["id"]

    @property
    def credentials(self) -> dict[str, str]:
        return {"email": self.email, "password": self.password}

    def bearer(self) -> dict[str, str]:
        """The header of a program that keeps its access token itself."""
        return {"Authorization": f"Bearer {self.cookie('token')}"}


def paths_in(page: Page) -> set[str]:
    """The addresses on this site that a page links to, without their fragments."""
    found = {urldefrag(urljoin(page.url, element.attrs["href"] or ""))[0] for element in page.all("a[href]")}
    return {address.removeprefix(page.client.url) for address in found if address.startswith(page.client.url)}


def _check(response: requests.Response, *_args: object, **_more: object) -> None:
    if response.headers.get("Content-Type", "").startswith("text/html") and response.text:
        check_house(response)


def _is_sent(element: Element) -> bool:
    if not element.attrs.get("name") or "disabled" in element.attrs:
        return False
    return element.attrs.get("type") not in ("radio", "checkbox") or "checked" in element.attrs


def _control(element: Element) -> tuple[str, str]:
    name = element.attrs["name"] or ""
    if element.name == "textarea":
        return name, element.to_text().removeprefix("\n")
    if element.name == "select":
        chosen = element.query("option[selected]") or element.query("option")
        return name, chosen[0].attrs.get("value") or ""
    return name, element.attrs.get("value") or ""
