"""Every breakage, by the ground that it is on."""

from tests.breakages import Breakage
from tests.breakages.edge import EDGE
from tests.breakages.market import MARKET
from tests.breakages.money import MONEY
from tests.breakages.people import PEOPLE
from tests.breakages.requests import REQUESTS
from tests.breakages.talk import TALK

TABLE: tuple[Breakage, ...] = (*PEOPLE, *MARKET, *MONEY, *TALK, *REQUESTS, *EDGE)
