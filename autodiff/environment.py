"""The environment that env.py runs in; at home in `autodiff.runtime.environment`."""

from autodiff.runtime.environment import EnvironmentContext, ProcessRevisionDirectiveFn

__all__ = ["EnvironmentContext", "ProcessRevisionDirectiveFn"]
