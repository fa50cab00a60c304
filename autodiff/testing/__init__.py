"""What packages with a dialect of their own test themselves with, on SQLAlchemy's test plugin: `autodiff.testing.suite`
has the tests, `requirements` says what the database can do, `fixtures` has what further tests stand on."""

from sqlalchemy.testing import combinations, config, exclusions, requires
from sqlalchemy.testing.assertions import eq_, expect_raises, expect_raises_message, is_, ne_

__all__ = [
    "combinations",
    "config",
    "eq_",
    "exclusions",
    "expect_raises",
    "expect_raises_message",
    "is_",
    "ne_",
    "requires",
]
