"""A mail as plain values, read within bounds: never more parts, depth or header than a person would send.

The standard library parses structure; headers are decoded here, because its modern header parser takes seconds on long
headers and raises on some real ones.
"""

import email
import re
from dataclasses import dataclass, field
from email.header import decode_header
from email.message import Message as MimeMessage
from email.utils import getaddresses, parseaddr
from itertools import islice

import nh3

MAX_BYTES = 25 * 1024 * 1024
MAX_PARTS = 50
MAX_DEPTH = 20
MAX_BOUNDARIES = 200
MAX_HEADER = 10_000  # characters of one header
MAX_HEADER_LINES = 2_000
MAX_TEXT = 100_000
MAX_HTML = 400_000
MAX_IDS = 50
_HEADER_END = re.compile(rb"\r?\n\r?\n")
_CONTENT_HEADER = re.compile(rb"(?i)(?:\A|[\r\n])content-(?:type|disposition):")
_UNFOLDED_END = re.compile(rb"[\r\n]+(?![ \t\r\n])")
_MESSAGE_ID_HEADER = re.compile(
    rb"(?i)(?:\A|[\r\n])message-id[ \t]{0,9}:([^\r\n]{0,1000}(?:\r?\n[ \t][^\r\n]{0,1000})?)"
)
_MESSAGE_ID = re.compile(r"<[^<>\s]{3,250}>")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_BLANKS = re.compile(r"[ \t\u00a0]{2,}")
_MANY_LINES = re.compile(r"\n{4,}")
_ADDRESS = re.compile(r"[^@\s<>,;:\"]{1,64}@[^@\s<>,;:\"]{1,255}")
_BLOCK_TAGS = re.compile(r"(?i)<(?:br|/p|/div|/li|/tr|/h[1-6]|/blockquote)[^<>]{0,200}>")
HTML_TAGS = {
    *("a", "b", "blockquote", "br", "code", "dd", "div", "dl", "dt", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr"),
    *("i", "li", "ol", "p", "pre", "s", "span", "strong", "sub", "sup", "table", "tbody", "td", "th", "thead", "tr"),
    *("u", "ul"),
}


class TooLarge(Exception):
    """The mail passes a bound; `str()` says which, in French."""


@dataclass(frozen=True)
class Piece:
    """A joined file. `name` is the sender's, shown and never used as a path."""

    name: str
    content: bytes
    declared_type: str
    is_inline: bool = False


@dataclass
class Parsed:
    """What is known of a mail. Headers may say anything: addresses and dates are claims."""

    message_id: str = ""
    from_name: str = ""
    from_address: str = ""
    reply_to: str = ""
    recipients: list[str] = field(default_factory=list)
    subject: str = ""
    text: str = ""
    html: str = ""
    in_reply_to: list[str] = field(default_factory=list)
    references: list[str] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = "text/plain"
    report_type: str = ""
    pieces: list[Piece] = field(default_factory=list)
    embedded_ids: list[str] = field(default_factory=list)  # Message-IDs of mails inside this one: what bounced
    is_cut: bool = False


def message_id_of(raw):
    """The Message-ID of the bytes, or an empty text. Asked before any bound is checked: nothing is parsed."""
    found = _MESSAGE_ID_HEADER.search(_header_block(raw))
    return _one_id(_decoded(found[1].decode("utf-8", "surrogateescape"))) if found else ""


def parse(raw):
    """Values of a mail's bytes; raises TooLarge. Anything else that real mail does wrong is put up with."""
    if len(raw) > MAX_BYTES:
        raise TooLarge("Le courriel dépasse 25 Mo.")
    if raw.count(b"boundary=") > MAX_BOUNDARIES:
        raise TooLarge("Le courriel a trop de parties imbriquées.")
    if _header_block(raw).count(b"\n") > MAX_HEADER_LINES:
        raise TooLarge("Les en-têtes du courriel sont trop longs.")
    _refuse_long_content_headers(raw)
    try:
        return _values(email.message_from_bytes(raw))
    except RecursionError as error:
        raise TooLarge("Le courriel a trop de parties imbriquées.") from error


def _refuse_long_content_headers(raw):
    """The library reads these while it parses, in a time that grows with the square of their length."""
    for count, found in enumerate(_CONTENT_HEADER.finditer(raw)):
        end = _UNFOLDED_END.search(raw, found.end(), found.end() + MAX_HEADER)
        if count > 4 * MAX_BOUNDARIES or (end is None and len(raw) - found.end() > MAX_HEADER):
            raise TooLarge("Les en-têtes du courriel sont trop longs.")


def _header_block(raw):
    found = _HEADER_END.search(raw[: 4 * 1024 * 1024])
    return raw[: found.end()] if found else raw[: 256 * 1024]


def _values(message):
    found = Parsed(
        message_id=_one_id(_header(message, "Message-ID")),
        subject=_line(_header(message, "Subject")),
        in_reply_to=_ids(_header(message, "In-Reply-To")),
        references=_ids(" ".join(_headers(message, "References"))),
        headers=_kept_headers(message),
        content_type=message.get_content_type(),
        report_type=_parameter(message, "report-type").lower(),
    )
    found.from_name, found.from_address = _sender(message, "From")
    found.reply_to = _sender(message, "Reply-To")[1]
    recipients = [text for name in ("To", "Cc", "Delivered-To", "X-Original-To") for text in _headers(message, name)]
    found.recipients = list(dict.fromkeys(address.lower() for _, address in _addresses(recipients)))[:MAX_IDS]
    texts, htmls = [], []
    for part, depth in _walk(message):
        if depth > MAX_DEPTH:
            raise TooLarge("Le courriel a trop de parties imbriquées.")
        _take(found, part, texts, htmls)
    found.html = sanitised("\n".join(htmls)[:MAX_HTML])
    text = "\n".join(texts)
    found.text, was_cut = tidy(text if text.strip() else plain_text(found.html))
    found.is_cut = was_cut
    return found


def _walk(message):
    """Parts with their depth, without recursion; what is inside an attached mail is not walked into."""
    waiting, seen = [(message, 0)], 0
    while waiting:
        part, depth = waiting.pop(0)
        seen += 1
        if seen > MAX_PARTS:
            raise TooLarge(f"Le courriel a plus de {MAX_PARTS} parties.")
        if part.is_multipart() and part.get_content_maintype() == "multipart":
            children = part.get_payload()
            waiting = [(child, depth + 1) for child in children if isinstance(child, MimeMessage)] + waiting
        else:
            yield part, depth


def _take(found, part, texts, htmls):
    kind = part.get_content_type()
    name = _file_name(part)
    if kind in {"message/rfc822", "text/rfc822-headers", "message/global", "message/rfc822-headers"}:
        found.embedded_ids += _embedded_ids(part)
        if kind == "message/rfc822" and part.get_payload():
            found.pieces.append(Piece(name or "message.eml", _attached_mail(part), kind))
        return
    if kind == "message/delivery-status" or part.is_multipart():
        texts.append(_status(part))
        return
    is_attached = _disposition(part) == "attachment"
    if kind == "text/plain" and not is_attached and not name:
        texts.append(_text(part))
    elif kind == "text/html" and not is_attached and not name:
        htmls.append(_text(part))
    else:
        content = _bytes(part)
        if content or name:
            inline = bool(part.get("Content-ID")) and not is_attached
            found.pieces.append(Piece(name or "sans nom", content, kind, inline))


def _embedded_ids(part):
    payload = part.get_payload()
    inner = payload[0] if isinstance(payload, list) and payload else None
    if isinstance(inner, MimeMessage):
        return _ids(_header(inner, "Message-ID"))
    return _ids(_text(part)[:MAX_HEADER])


def _attached_mail(part):
    try:
        return part.get_payload()[0].as_bytes()
    except Exception:  # a mail that Python cannot write again is kept in the raw mail around it
        return b""


def _status(part):
    """Text of a delivery report: blocks of headers, which the library gives as parts."""
    blocks = part.get_payload() if part.is_multipart() else []
    lines = [f"{name}: {value}" for block in islice(blocks, 20) for name, value in islice(block.items(), 40)]
    return "\n".join(str(line)[:MAX_HEADER] for line in lines)


def _bytes(part):
    try:
        content = part.get_payload(decode=True)
    except Exception:
        content = None
    if content is None:
        payload = part.get_payload()
        content = payload.encode("utf-8", "replace") if isinstance(payload, str) else b""
    return content


def _text(part):
    content = _bytes(part)[: 4 * MAX_HTML]
    for charset in (_parameter(part, "charset"), "utf-8", "cp1252"):
        try:
            return content.decode(charset.strip("'\"").lower() or "utf-8")
        except (LookupError, UnicodeDecodeError, ValueError):
            continue
    return content.decode("latin-1")


def _parameter(part, name):
    try:
        value = part.get_param(name, "")
    except Exception:
        return ""
    return value[-1] if isinstance(value, tuple) else str(value or "")


def _disposition(part):
    try:
        return part.get_content_disposition() or ""
    except Exception:
        return ""


def _file_name(part):
    try:
        name = part.get_filename() or ""
    except Exception:
        name = ""
    return _line(_decoded(name))[:150].replace("/", "_").replace("\\", "_")


def _headers(message, name):
    """Values of a header, as the bytes said them: the library replaces letters that are not encoded."""
    found = (value for key, value in message.raw_items() if key.lower() == name.lower())
    return [_decoded(str(value)[:MAX_HEADER]) for value in islice(found, MAX_IDS)]


def _header(message, name):
    return next(iter(_headers(message, name)), "")


def _kept_headers(message):
    """Names in lower case: what tells machines from people."""
    pairs = islice(message.raw_items(), 300)
    return {str(name).lower()[:80]: _line(_decoded(str(value)[:500])) for name, value in pairs}


def _decoded(value):
    """The header in letters; whatever the charset pretends to be."""
    if "=?" not in value:
        content = value.encode("utf-8", "surrogateescape")
        try:
            return content.decode()
        except UnicodeDecodeError:
            return content.decode("cp1252", "replace")
    parts = []
    try:
        for content, charset in decode_header(value):
            if isinstance(content, str):
                parts.append(content)
                continue
            for name in (charset, "utf-8", "cp1252"):
                try:
                    parts.append(content.decode(name or "ascii"))
                    break
                except (LookupError, UnicodeDecodeError, ValueError):
                    continue
            else:
                parts.append(content.decode("latin-1"))
    except Exception:
        return value
    joined = "".join(parts)
    return joined if joined.strip() else value


def _line(text):
    """On one line, without control characters."""
    return " ".join(_CONTROL.sub(" ", text).split())


def _addresses(values):
    try:
        pairs = getaddresses([value[:MAX_HEADER] for value in values])
    except Exception:
        pairs = []
    return [(name, address) for name, address in pairs if _ADDRESS.fullmatch(address or "")]


def _sender(message, name):
    raw = _header(message, name)
    pairs = _addresses([raw])
    if not pairs:
        found = _ADDRESS.search(raw)
        pairs = [(parseaddr(raw)[0], found[0])] if found else []
    if not pairs:
        return _line(raw)[:150], ""
    display, address = pairs[0]
    return _line(display)[:150], address[:254]


def _ids(text):
    return list(dict.fromkeys(_MESSAGE_ID.findall(text)))[-MAX_IDS:]


def _one_id(text):
    return next(iter(_MESSAGE_ID.findall(text)), "") or _line(text)[:255]


def sanitised(html):
    """HTML without script, style, image nor anything fetched from elsewhere; links open nothing by themselves."""
    if not html:
        return ""
    cleaned = nh3.clean(
        html.replace("\0", ""),
        tags=HTML_TAGS,
        clean_content_tags={"script", "style", "title", "head"},
        attributes={"a": {"href"}, "td": {"colspan", "rowspan"}, "th": {"colspan", "rowspan"}},
        url_schemes={"http", "https", "mailto", "tel"},
        link_rel="noopener noreferrer nofollow",
    )
    return cleaned[:MAX_HTML]


def plain_text(html):
    """Text of sanitised HTML."""
    lines = _BLOCK_TAGS.sub("\n", html)
    bare = nh3.clean(lines, tags=set(), attributes={})
    for entity, char in (("&nbsp;", " "), ("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&amp;", "&")):
        bare = bare.replace(entity, char)
    return bare


def tidy(text):
    """(the text with one kind of line ending and no control character, whether it was cut)."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    was_cut = len(text) > MAX_TEXT
    text = _CONTROL.sub("", text[:MAX_TEXT])
    lines = [_BLANKS.sub("  ", line.rstrip()) for line in text.split("\n")]
    return _MANY_LINES.sub("\n\n\n", "\n".join(lines)).strip("\n "), was_cut
