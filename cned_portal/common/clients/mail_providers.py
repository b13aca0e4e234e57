"""Mail that providers bring in their own formats, read by anymail and given back as the bytes of a mail.

Those named here are the ones whose formats the tests exercise. Anymail knows others: SendGrid, which it no longer
supports itself; Resend, whose signature needs one more library; Mailtrap, which sends no mail but where to fetch it.
"""

import hashlib
import json
from base64 import b64decode

from django.utils.module_loading import import_string

ANYMAIL_VIEWS = {
    "amazon_ses": "anymail.webhooks.amazon_ses.AmazonSESInboundWebhookView",
    "brevo": "anymail.webhooks.brevo.BrevoInboundWebhookView",
    "mailersend": "anymail.webhooks.mailersend.MailerSendInboundWebhookView",
    "mailgun": "anymail.webhooks.mailgun.MailgunInboundWebhookView",
    "mailjet": "anymail.webhooks.mailjet.MailjetInboundWebhookView",
    "mandrill": "anymail.webhooks.mandrill.MandrillCombinedWebhookView",
    "postal": "anymail.webhooks.postal.PostalInboundWebhookView",
    "postmark": "anymail.webhooks.postmark.PostmarkInboundWebhookView",
    "sparkpost": "anymail.webhooks.sparkpost.SparkPostInboundWebhookView",
}


# Where the providers that may give the mail whole put it: Postmark, Mailgun, MailerSend, Mandrill, Amazon SES.
_WHOLE_AT = [("RawEmail",), ("body-mime",), ("data", "raw"), ("msg", "raw_msg"), ("content",)]


class NotTheProvider(Exception):
    """The request does not prove that it comes from the provider."""


class ProviderAway(Exception):
    """The mail cannot be had now, or our settings lack something: the provider must send it again."""


class NotAMail(Exception):
    """The provider tells something else, such as a delivery: its settings name the wrong address."""


class UnreadableEvent(Exception):
    """The request is not what this provider sends."""


def received_mails(provider, request):
    """Pairs (key, bytes) of the mails in a provider's request; the key names the mail when it has no Message-ID.

    The secret is anymail's: `WEBHOOK_SECRET`, as user:password of the address, and the provider's signature if it has
    one. Raises NotTheProvider, ProviderAway, NotAMail or UnreadableEvent.
    """
    from anymail.exceptions import AnymailConfigurationError, AnymailWebhookValidationFailure
    from botocore.exceptions import BotoCoreError, ClientError
    from requests import RequestException

    is_proven = False
    try:
        view = import_string(ANYMAIL_VIEWS[provider])()
        view.run_validators(request)
        is_proven = True
        mails = _WHOLE[provider](json.loads(request.body)) if provider in _WHOLE else _rebuilt(view, request)
        return [(f"{provider}:{key}" if key else "", content) for key, content in mails]
    except AnymailWebhookValidationFailure as error:
        raise NotTheProvider from error
    except AnymailConfigurationError as error:  # ours before the proof, then theirs: the event is of another sort
        raise (NotAMail if is_proven else ProviderAway)(type(error).__name__) from error
    except (RequestException, BotoCoreError, ClientError) as error:
        raise ProviderAway(type(error).__name__) from error
    except NotAMail:
        raise
    except Exception as error:  # whatever a provider's format may become
        raise UnreadableEvent(type(error).__name__) from error


def _rebuilt(view, request):
    """What anymail reads: the mail as it arrived where the provider gives it whole, else as anymail builds it again."""
    from anymail.signals import AnymailInboundEvent

    events = view.parse_events(request)
    if not all(isinstance(event, AnymailInboundEvent) for event in events):
        raise NotAMail("tracking")
    # Built again, a mail never has the same bytes twice: without a number of the provider's, what was posted names it.
    posted = hashlib.sha256(request.body).hexdigest()
    return [(event.event_id or f"{posted}-{place}", _bytes(event)) for place, event in enumerate(events)]


def _bytes(event):
    fields = event.esp_event if isinstance(event.esp_event, dict) else getattr(event.esp_event, "POST", {})
    for path in _WHOLE_AT:
        if isinstance(whole := _at(fields, path), str):
            return _decoded(whole, _at(fields, ("receipt", "action", "encoding")) == "BASE64")  # of Amazon alone
    if "From" not in event.message and "Received" not in event.message:
        raise NotAMail("no header of a mail")
    return event.message.as_bytes()


def _at(fields, path):
    for name in path:
        fields = fields.get(name) if isinstance(fields, dict) else None
    return fields


def _postal(event):
    """Whole, in base 64: anymail takes it for UTF-8, and gives up the mails that are not."""
    if "rcpt_to" not in event:
        raise NotAMail("tracking")
    return [(event.get("id"), _decoded(event["message"], event.get("base64") is True))]


def _sparkpost(events):
    """Whole too. An event without content is a « ping »."""
    mails = []
    for event in (raw["msys"] for raw in events if raw["msys"]):
        if "relay_message" not in event:
            raise NotAMail("tracking")
        content = event["relay_message"]["content"]
        mails.append((None, _decoded(content["email_rfc822"], content["email_rfc822_is_base64"])))
    return mails


def _decoded(text, is_base64):
    return b64decode(text) if is_base64 else text.encode("utf-8", "surrogateescape")


_WHOLE = {"postal": _postal, "sparkpost": _sparkpost}
