"""A worker that takes up a run and stops half-way, in a process of its own so that a test can kill it there.

Arguments: database, folder of the files, task, key of the run, and where to stop: a percentage of its progress, or
`file` once it has written one.
"""

import signal
import sys
from contextlib import contextmanager

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.core.files.storage import FileSystemStorage  # noqa: E402
from django.db import connection  # noqa: E402
from django.utils.module_loading import import_string  # noqa: E402

from cned_portal.common.progress import LongRunQuerySet  # noqa: E402
from learners.domain.organisations import group_lines  # noqa: E402

database, media, task, key, place = sys.argv[1:]
settings.DATABASES["default"].update(NAME=database)
connection.settings_dict.update(NAME=database)
settings.MEDIA_ROOT = media
group_lines.CHUNK = 20
advance, advancing, save = LongRunQuerySet.advance, LongRunQuerySet.advancing, FileSystemStorage.save


def stop_past(percent):
    if place.isdigit() and percent >= int(place):
        stop()


def stop():
    sys.stdout.write("stopped\n")
    sys.stdout.flush()
    signal.pause()


def advance_or_stop(self, pk, percent):
    told = advance(self, pk, percent)
    stop_past(percent)
    return told


@contextmanager
def advancing_or_stop(self, pk):
    with advancing(self, pk) as report:

        def report_or_stop(percent):
            report(percent)
            stop_past(percent)

        yield report_or_stop


def save_and_stop(self, *args, **kwargs):
    name = save(self, *args, **kwargs)
    if place == "file":
        stop()
    return name


LongRunQuerySet.advance, LongRunQuerySet.advancing = advance_or_stop, advancing_or_stop
FileSystemStorage.save = save_and_stop
import_string(task)(int(key))
