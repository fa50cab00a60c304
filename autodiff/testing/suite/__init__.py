"""The suite: `from autodiff.testing.suite import *` in a test module runs it on the databases of `--dburi`."""

from autodiff.testing.suite.columns import *  # noqa: F403
from autodiff.testing.suite.comments import *  # noqa: F403
from autodiff.testing.suite.foreign_keys import *  # noqa: F403
from autodiff.testing.suite.generated import *  # noqa: F403
from autodiff.testing.suite.indexes import *  # noqa: F403
from autodiff.testing.suite.tables import *  # noqa: F403
from autodiff.testing.suite.transactions import *  # noqa: F403
from autodiff.testing.suite.types import *  # noqa: F403
from autodiff.testing.suite.versions import *  # noqa: F403
