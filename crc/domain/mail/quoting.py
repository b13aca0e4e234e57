"""Where the answer ends and what it quotes begins. The quote is folded on the page, never taken away.

Line after line, without a regular expression that spans lines: each line is looked at up to a length, so that no mail
can make it run away. French clients first.
"""

import re

MARK = "Répondez au-dessus de cette ligne"
_LINES_MAX = 5_000
_LINE_MAX = 1_000
_SIGNATURE_LINES = 3
_HEADER_LINE = re.compile(
    r"^[>*_ \t]{0,6}(?:de|from|date|envoy[ée]|sent|[àa]|to|cc|objet|subject|r[ée]pondre [àa]|reply-to|expéditeur"
    r"|destinataire|pour)[*_ \t\u00a0\u202f]{0,4}:[*_ \t\u00a0\u202f]{0,4}\S",
    re.IGNORECASE,
)
_OPENING = re.compile(r"^[>\s*_]{0,6}(?:le|on|el|am|il)\s", re.IGNORECASE)
_WROTE = re.compile(r"(?:a|à) écrit|a ecrit|wrote|ecrit|écrit|escribió|schrieb|ha scritto", re.IGNORECASE)
_ENDS_WITH_COLON = re.compile(r"[:：][*_\s\u00a0\u202f]{0,4}$")
_DATE_OR_ADDRESS = re.compile(
    r"[0-9]{1,4}[ ./\-][0-9a-zéû.]{1,10}[ ./\-][0-9]{2,4}|[0-9]{1,2}[:h][0-9]{2}|@", re.IGNORECASE
)
_SEPARATORS = (
    "-----message d'origine-----",
    "-----original message-----",
    "---- message d'origine ----",
    "-------- message d'origine --------",
    "-------- message original --------",
    "-------- original message --------",
    "---message d'origine---",
    "----- mail original -----",
    "----- message original -----",
    "----- message transféré -----",
    "----- message transmis -----",
    "---------- forwarded message",
    "---------- message transféré",
    "-------- message transféré",
    "-------- message transmis",
    "début du message réexpédié",
    "début du message transféré",
    "debut du message reexpedie",
    "begin forwarded message",
    "________________________________",
)


def quote_start(text):
    """Index in the text at which the quote begins, or None when nothing would be left above, or nothing is quoted.

    Answers written between the quoted lines are left open: the whole text is the answer.
    """
    lines = text.split("\n")
    if len(lines) > _LINES_MAX:
        lines = lines[:_LINES_MAX]
    offset, bare_below = 0, _bare_lines_below(lines)
    for number, line in enumerate(lines):
        short = line[:_LINE_MAX]
        if _begins(lines, number, short, bare_below[number]):
            above = text[:offset].strip()
            if not above or _quotes(above) or _answers_below(lines, number):
                return None
            return offset
        offset += len(line) + 1
    return None


def _bare_lines_below(lines):
    """For each line, how many of those from it on are neither blank nor quoted."""
    counts, seen = [], 0
    for line in reversed(lines):
        bare = line.strip()
        seen += bool(bare) and not bare.startswith(">")
        counts.append(seen)
    return counts[::-1]


def _begins(lines, number, line, bare_below):
    bare = line.strip().lower().replace("’", "'")
    if MARK.lower() in bare:
        return True
    if bare.startswith(_SEPARATORS) and (bare[:4] != "____" or _is_header_block(lines, number + 1)):
        return True
    if _is_header_block(lines, number):
        return True
    if _OPENING.match(line):
        return _is_attribution(lines, number)
    # A run of « > » lines that lasts to the end, but for a signature.
    return bare.startswith(">") and bare_below <= _SIGNATURE_LINES


def _is_header_block(lines, number):
    """At least two lines of « De : », « Envoyé : », « À : »… among the next ones, the first being one."""
    following = [line[:_LINE_MAX] for line in lines[number : number + 6]]
    if not following or not _HEADER_LINE.match(following[0]):
        return False
    return sum(bool(_HEADER_LINE.match(line)) for line in following) >= 2 and _names_a_sender(following)


def _names_a_sender(lines):
    return any("@" in line or _DATE_OR_ADDRESS.search(line) for line in lines)


def _is_attribution(lines, number):
    """« Le … a écrit : » on one to four lines, with a date or an address: a teacher may also have « écrit : »."""
    joined = ""
    for line in lines[number : number + 4]:
        joined = f"{joined} {line[:_LINE_MAX].strip()}"
        if _ENDS_WITH_COLON.search(line[:_LINE_MAX]):
            return bool(_WROTE.search(joined) and _DATE_OR_ADDRESS.search(joined))
        if not line.strip():
            return False
    return False


def _quotes(above):
    """Whether the answer itself stands between quoted lines."""
    return any(line.lstrip().startswith(">") for line in above.split("\n"))


def _answers_below(lines, number):
    """Whether new text stands between or after the quoted lines."""
    rest = [line.strip() for line in lines[number + 1 :]]
    if not any(line.startswith(">") for line in rest):
        return False
    seen_quote = False
    answers = 0
    for line in rest:
        if line.startswith(">"):
            seen_quote = True
        elif line == "-- ":
            break
        elif line and seen_quote and not _HEADER_LINE.match(line[:_LINE_MAX]):
            answers += 1
    return answers > 3
