"""Mail that providers bring in their own formats, read by anymail and given back as the bytes of a mail."""

from django.utils.module_loading import import_string

ANYMAIL_VIEWS = {
    "amazon_ses": "anymail.webhooks.amazon_ses.AmazonSESInboundWebhookView",
    "brevo": "anymail.webhooks.brevo.BrevoInboundWebhookView",
    "mailersend": "anymail.webhooks.mailersend.MailerSendInboundWebhookView",
    "mailgun": "anymail.webhooks.mailgun.MailgunInboundWebhookView",
    "mailjet": "anymail.webhooks.mailjet.MailjetInboundWebhookView",
    "postal": "anymail.webhooks.postal.PostalInboundWebhookView",
    "postmark": "anymail.webhooks.postmark.PostmarkInboundWebhookView",
    "sendgrid": "anymail.webhooks.sendgrid.SendGridInboundWebhookView",
    "sparkpost": "anymail.webhooks.sparkpost.SparkPostInboundWebhookView",
}


class NotTheProvider(Exception):
    """The request does not prove that it comes from the provider."""


class ProviderAway(Exception):
    """The mail cannot be had now, or our settings lack something: the provider must send it again."""


class UnreadableEvent(Exception):
    """The request is not what this provider sends."""


def received_mails(provider, request):
    """Pairs (key, bytes) of the mails in a provider's request; the key names the mail when it has no Message-ID.

    The secret is anymail's: `WEBHOOK_SECRET`, as user:password of the address, and the provider's signature if it has
    one. Raises NotTheProvider, ProviderAway or UnreadableEvent.
    """
    from anymail.exceptions import AnymailConfigurationError, AnymailWebhookValidationFailure
    from botocore.exceptions import BotoCoreError, ClientError
    from requests import RequestException

    try:
        view = import_string(ANYMAIL_VIEWS[provider])()
        view.run_validators(request)
        events = view.parse_events(request)
        return [(f"{provider}:{event.event_id}" if event.event_id else "", _bytes(event)) for event in events]
    except AnymailWebhookValidationFailure as error:
        raise NotTheProvider from error
    except (AnymailConfigurationError, RequestException, BotoCoreError, ClientError) as error:
        raise ProviderAway(type(error).__name__) from error
    except Exception as error:  # whatever a provider's format may become
        raise UnreadableEvent(type(error).__name__) from error


def _bytes(event):
    """The mail as it arrived where the provider gives it whole, else as anymail builds it again."""
    fields = event.esp_event if isinstance(event.esp_event, dict) else getattr(event.esp_event, "POST", {})
    for name in ("RawEmail", "body-mime", "email"):
        if isinstance(whole := fields.get(name), str):
            return whole.encode("utf-8", "surrogateescape")
    return event.message.as_bytes()
