# The configuration of autodiff.

[${section}]
# Where env.py and the revision files are; %(here)s is the directory of this file.
script_location = ${script_location}

# How new files are named. The tokens: rev, slug, year, month, day, hour, minute, second, epoch.
# file_template = %%(year)d%%(month).2d%%(day).2d_%%(hour).2d%%(minute).2d_%%(rev)s_%%(slug)s

# What goes in front of sys.path, so that env.py can import the models.
prepend_sys_path = .

# What separates several paths: os, newline, space, ":" or ";".
path_separator = os

# The zone of creation dates, for example UTC; local time when it is left out.
# timezone =

# The longest part of a file name that comes from the message, in characters.
# truncate_slug_length = 40

# Run env.py for `revision` without --autogenerate, too.
# revision_environment = false

# Read bytecode where there is no source.
# sourceless = false

# Several directories of revision files, separated as above; and whether to look below them.
# version_locations = %(here)s/app/versions:%(here)s/plugin/versions
# recursive_version_locations = false

# The encoding of new files.
# output_encoding = utf-8

# The databases; each has a section below.
databases = engine1, engine2

[engine1]
sqlalchemy.url = driver://user:pass@localhost/dbname

[engine2]
sqlalchemy.url = driver://user:pass@localhost/dbname2

[post_write_hooks]
# Programs that each new revision file is given to, in this order.
# hooks = ruff
# ruff.type = module
# ruff.module = ruff
# ruff.options = check --fix REVISION_SCRIPT_FILENAME

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
