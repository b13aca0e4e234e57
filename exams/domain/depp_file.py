"""Reading DEPP's file of bac results line by line, whatever its encoding, separator and the spelling of its values.

Known forms: the portal's export (`Session;Académie;Sexe;Statut du candidat;Voie;Série;Nombre d'inscrits;…`) and the
same with short names (`session,voie,sexe,statut_du_candidat,academie,serie,inscrits,…`).
"""

import codecs
import csv
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass

from cned_portal.common.text import fold
from exams.enums import ALL, NATIONAL, SERIES_OF, Academy, CandidateStatus, Pathway, Series, Sex
from exams.models.reference import COUNTS
from exams.models.sessions import FIRST_YEAR, LAST_YEAR

CHUNK = 1 << 16
HIGHEST_COUNT = 2_147_483_647

# How each column may be called, once folded to words joined by dashes.
COLUMNS = {
    "year": ("session", "annee"),
    "academy": ("academie",),
    "status": ("statut-du-candidat", "statut"),
    "sex": ("sexe",),
    "pathway": ("voie",),
    "series": ("serie",),
    "registered": ("inscrits", "nombre-d-inscrits"),
    "present": ("presents", "nombre-de-presents"),
    "admitted_first": ("admis-au-1er-groupe", "nombre-d-admis-au-1er-groupe"),
    "refused_first": ("refuses-au-1er-groupe", "nombre-de-refuses-au-1er-groupe"),
    "sent_to_second": (
        "ajournes-passant-les-epreuves-du-rattrapage",
        "nombre-d-ajournes-passant-les-epreuves-du-2nd-groupe",
    ),
    "admitted_second": ("admis-au-rattrapage", "nombre-d-admis-a-l-issue-du-2nd-groupe"),
    "refused_second": ("refuses-au-rattrapage", "nombre-de-refuses-a-l-issue-du-2nd-groupe"),
    "admitted": ("admis-totaux", "nombre-d-admis-totaux"),
    "congratulated": (
        "mention-tb-avec-les-felicitations",
        "nombre-d-admis-avec-mention-tb-avec-les-felicitations-du-jury",
    ),
    "very_good": (
        "mention-tb-sans-les-felicitations",
        "nombre-d-admis-avec-mention-tb-sans-les-felicitations-du-jury",
    ),
    "good": ("mention-b", "nombre-d-admis-avec-mention-b"),
    "fairly_good": ("mention-ab", "nombre-d-admis-avec-mention-ab"),
    "no_honours": ("sans-mention", "nombre-d-admis-sans-mention"),
    "refused": ("refuses-totaux", "nombre-de-refuses-totaux"),
}
OBLIGATORY = ("year", "status", "sex", "pathway", "series", "academy", "present", "admitted")
UNKNOWN_MARKS = {"", "nd", "n-d", "ns", "n-s", "s", "c", "secret", "non-communique", "non-diffusable"}

_ALIASES = {
    "pathway": {
        "bac-general": Pathway.GENERAL,
        "general": Pathway.GENERAL,
        "bac-technologique": Pathway.TECHNOLOGICAL,
        "bac-professionnel": Pathway.VOCATIONAL,
        "professionnel": Pathway.VOCATIONAL,
    },
    "sex": {"f": Sex.FEMALE, "feminin": Sex.FEMALE, "m": Sex.MALE, "masculin": Sex.MALE},
    "series": {"generale": Series.GENERAL, "bac-general": Series.GENERAL},
    "academy": {"reunion": Academy.LA_REUNION},
}
_CHOICES = {"academy": Academy, "status": CandidateStatus, "sex": Sex, "pathway": Pathway, "series": Series}


@dataclass(frozen=True)
class RefusedLine:
    """Why a line of the file was not taken. `line` is its number in the file, the header being line 1."""

    line: int
    field: str
    value: str
    reason: str

    def __str__(self):
        where = f"ligne {self.line}" + (f", colonne « {self.field} »" if self.field else "")
        shown = f" (« {self.value} »)" if self.value else ""
        return f"{where} : {self.reason}{shown}"


@dataclass(frozen=True)
class ResultLine:
    """One line of the file: the natural key of its candidates, then its counts in the order of `COUNTS`."""

    line: int
    key: tuple[int, str, str, str, str, str]  # year, academy, status, sex, pathway, series
    counts: tuple[int | None, ...]


class UnreadableFile(Exception):
    """The file as a whole cannot be read; `str()` says why, in French."""


class _Refused(Exception):
    def __init__(self, field, value, reason):
        self.field, self.value, self.reason = field, str(value)[:60], reason


@dataclass(frozen=True)
class FileFacts:
    sha256: str
    encoding: str


def examine(path) -> FileFacts:
    """Digest and encoding of the file, read in pieces. Raises UnreadableFile."""
    digest = hashlib.sha256()
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    encoding = "utf-8-sig"
    try:
        with open(path, "rb") as file:
            while chunk := file.read(CHUNK):
                digest.update(chunk)
                if encoding == "utf-8-sig":
                    encoding = _still_utf8(decoder, chunk)
    except OSError as error:
        raise UnreadableFile(f"Le fichier ne se lit pas : {error.strerror}.") from error
    if encoding == "utf-8-sig":
        encoding = _still_utf8(decoder, b"", final=True)
    return FileFacts(digest.hexdigest(), encoding)


def _still_utf8(decoder, chunk, final=False):
    try:
        decoder.decode(chunk, final)
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8-sig"


def read_lines(path, encoding) -> Iterator[ResultLine | RefusedLine]:
    """Each line of the file, understood or refused with its reason. Raises UnreadableFile when the header is wrong."""
    with open(path, encoding=encoding, errors="replace", newline="") as file:
        delimiter = _delimiter(file.readline())
        file.seek(0)
        reader = csv.reader(file, delimiter=delimiter)
        try:
            places = _places(next(reader, []))
        except csv.Error as error:
            raise UnreadableFile(f"L’en-tête ne se lit pas : {error}.") from error
        while True:
            line = reader.line_num + 1
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield RefusedLine(line, "", "", f"ligne illisible : {error}")
                continue
            if not any(cell.strip() for cell in cells):
                continue
            try:
                yield _understand(line, cells, places)
            except _Refused as refusal:
                yield RefusedLine(line, refusal.field, refusal.value, refusal.reason)


def _delimiter(header):
    return max(";,\t", key=header.count)


def _code(text):
    """A label as words joined by dashes: « Statut du candidat » and `statut_du_candidat` are the same."""
    return re.sub(r"[^a-z0-9]+", "-", fold(text)).strip("-")


def _places(header):
    """Rank of each known column, with its name as the file writes it."""
    codes = [_code(name.lstrip("\ufeff")) for name in header]
    if "diplome-specialite" in codes:
        raise UnreadableFile(
            "Ce fichier est détaillé par spécialité de diplôme : il faut celui qui est agrégé par série."
        )
    places = {}
    for column, names in COLUMNS.items():
        found = [rank for rank, code in enumerate(codes) if code in names]
        if len(found) > 1:
            raise UnreadableFile(f"L’en-tête donne deux fois la colonne « {header[found[0]].strip()} ».")
        if found:
            places[column] = (found[0], header[found[0]].strip().lstrip("\ufeff"))
    missing = [COLUMNS[column][0] for column in OBLIGATORY if column not in places]
    if missing:
        raise UnreadableFile(f"Il manque dans l’en-tête : {', '.join(missing)}.")
    return {**places, "": (len(header), "")}


def _understand(line, cells, places):
    width = places[""][0]
    if len(cells) != width:
        raise _Refused("", "", f"{len(cells)} cellules au lieu de {width}")
    key = (_year(cells, places), *(_choice(name, cells, places) for name in _CHOICES))
    _, academy, _, sex, pathway, series = key
    is_national = {academy == NATIONAL, sex == ALL, series == ALL}
    if len(is_national) > 1:
        raise _Refused(
            places["academy"][1],
            academy,
            "un total ne se mêle pas au détail : soit académie, sexe et série, soit la France entière pour l’ensemble",
        )
    if series != ALL and series not in SERIES_OF[pathway]:
        raise _Refused(places["series"][1], series, f"cette série n’est pas de la voie {pathway}")
    counts = tuple(_number(name, cells, places) for name in COUNTS)
    _check(dict(zip(COUNTS, counts, strict=True)), places)
    return ResultLine(line, key, counts)


def _year(cells, places):
    rank, name = places["year"]
    text = cells[rank].strip()
    found = re.fullmatch(r"([0-9]{4})(-[0-9]{2}-[0-9]{2}.*)?", text)  # the portal's API writes dates
    if not found or not FIRST_YEAR <= int(found[1]) <= LAST_YEAR:
        raise _Refused(name, text, f"une session est une année, de {FIRST_YEAR} à {LAST_YEAR}")
    return int(found[1])


def _choice(column, cells, places):
    rank, name = places[column]
    code = _code(cells[rank])
    value = _ALIASES.get(column, {}).get(code, code)
    if column == "series" and value not in Series.values:
        value = value.removeprefix("bac-")
    if value not in _CHOICES[column].values:
        raise _Refused(name, cells[rank].strip(), "valeur inconnue" if code else "valeur absente")
    return str(value)


def _number(column, cells, places):
    if column not in places:
        return None
    rank, name = places[column]
    text = cells[rank].strip()
    if _code(text) in UNKNOWN_MARKS and not text.startswith("-"):
        return None
    digits = re.sub(r"[\s\u00a0\u202f]", "", text)
    found = re.fullmatch(r"([0-9]{1,10})([.,]0+)?", digits)
    if not found or int(found[1]) > HIGHEST_COUNT:
        raise _Refused(name, text, "un effectif est un nombre entier positif, ou « nd » quand il n’est pas connu")
    return int(found[1])


def _check(counts, places):
    """What holds in every line of DEPP's file, said before the database refuses it. Unknown counts prove nothing."""

    def known(*names):
        values = [counts[name] for name in names]
        return None if None in values else values

    def refuse(column, reason):
        raise _Refused(places[column][1], counts[column], reason)

    if (pair := known("present", "registered")) and pair[0] > pair[1]:
        refuse("present", f"plus de présents que d’inscrits ({pair[1]})")
    if (pair := known("admitted", "present")) and pair[0] > pair[1]:
        refuse("admitted", f"plus d’admis que de présents ({pair[1]})")
    for total, parts, reason in (
        ("present", ("admitted", "refused"), "les présents ne sont pas la somme des admis et des refusés"),
        ("admitted", ("admitted_first", "admitted_second"), "les admis ne sont pas la somme des deux groupes"),
        ("sent_to_second", ("admitted_second", "refused_second"), "le 2nd groupe n’est pas la somme de ses issues"),
        (
            "admitted",
            ("congratulated", "very_good", "good", "fairly_good", "no_honours"),
            "les admis ne sont pas la somme des mentions et des admis sans mention",
        ),
    ):
        if (values := known(total, *parts)) and values[0] != sum(values[1:]):
            refuse(total, f"{reason} ({sum(values[1:])})")
