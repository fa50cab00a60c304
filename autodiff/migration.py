"""The migration context and the steps of a run; at home in `autodiff.runtime.migration`."""

from autodiff.runtime.migration import (
    HeadMaintainer,
    MigrationContext,
    MigrationInfo,
    MigrationStep,
    RevisionStep,
    StampStep,
)

__all__ = ["HeadMaintainer", "MigrationContext", "MigrationInfo", "MigrationStep", "RevisionStep", "StampStep"]
