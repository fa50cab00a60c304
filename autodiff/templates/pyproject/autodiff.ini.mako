# The database and logging of autodiff; the rest is in pyproject.toml, [tool.autodiff].

[${section}]
# The database, as SQLAlchemy writes it; a "%" in it is doubled. env.py can set it instead.
sqlalchemy.url = driver://user:pass@localhost/dbname

[loggers]
keys = root,sqlalchemy,autodiff

[handlers]
keys = console

[formatters]
keys = generic

[logger_root]
level = WARNING
handlers = console
qualname =

[logger_sqlalchemy]
level = WARNING
handlers =
qualname = sqlalchemy.engine

[logger_autodiff]
level = INFO
handlers =
qualname = autodiff

[handler_console]
class = StreamHandler
args = (sys.stderr,)
level = NOTSET
formatter = generic

[formatter_generic]
format = %(levelname)-5s [%(name)s] %(message)s
datefmt = %H:%M:%S
