"""The directives of `Operations` and `BatchOperations`; `@operation` adds them, `directives.pyi` lists them for type checkers."""


class OperationDirectives:
    """What `op` can do."""


class BatchDirectives:
    """What `batch_op` can do."""
