[tool.${section}]
# Where env.py and the revision files are; %(here)s is the directory of this file.
script_location = "${script_location}"

# How new files are named. The tokens: rev, slug, year, month, day, hour, minute, second, epoch. "%" is doubled.
# file_template = "%%(year)d%%(month).2d%%(day).2d_%%(hour).2d%%(minute).2d_%%(rev)s_%%(slug)s"

# What goes in front of sys.path, so that env.py can import the models.
prepend_sys_path = ["."]

# The zone of creation dates, for example "UTC"; local time when it is left out.
# timezone = ""

# The longest part of a file name that comes from the message, in characters.
# truncate_slug_length = 40

# Run env.py for `revision` without --autogenerate, too.
# revision_environment = false

# Read bytecode where there is no source.
# sourceless = false

# Several directories of revision files, and whether to look below them.
# version_locations = ["%(here)s/app/versions", "%(here)s/plugin/versions"]
# recursive_version_locations = false

# The encoding of new files.
# output_encoding = "utf-8"

# Programs that each new revision file is given to, in this order.
# [[tool.${section}.post_write_hooks]]
# name = "ruff"
# type = "module"
# module = "ruff"
# options = "check --fix REVISION_SCRIPT_FILENAME"
