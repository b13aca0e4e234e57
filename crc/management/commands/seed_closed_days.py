from datetime import date

import holidays
from django.core.management.base import BaseCommand
from django.db import transaction
from django.utils import timezone

from crc.models import ClosedDay, ServiceCalendar

YEARS_AHEAD = 3


class Command(BaseCommand):
    help = (
        "Inscrit les jours fériés français dans les calendriers des services, pour l’année en cours et les trois "
        "suivantes. Ce qui est déjà inscrit ne change pas. Peut être relancée sans effet."
    )

    def add_arguments(self, parser):
        parser.add_argument("--from", dest="first", type=int, help="première année ; l’année en cours par défaut")
        parser.add_argument("--to", dest="last", type=int, help="dernière année ; trois ans plus tard par défaut")
        parser.add_argument("--calendar", help="nom du calendrier ; tous par défaut")

    @transaction.atomic
    def handle(self, *args, first=None, last=None, calendar=None, **options):
        first = first or timezone.localdate().year
        last = last or first + YEARS_AHEAD
        days = holidays.country_holidays("FR", years=range(first, last + 1), language="fr")
        calendars = ServiceCalendar.objects.filter(**({"name": calendar} if calendar else {}))
        added = 0
        for target in calendars:
            known = set(target.closed_days.values_list("day", flat=True))
            added += len(
                ClosedDay.objects.bulk_create(
                    [
                        ClosedDay(calendar=target, day=date(day.year, day.month, day.day), label=label)
                        for day, label in sorted(days.items())
                        if day not in known
                    ]
                )
            )
        if options["verbosity"]:
            self.stdout.write(f"{added} jours de fermeture ajoutés")
