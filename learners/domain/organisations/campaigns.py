"""Campaigns of messages to organisations: written, previewed, sent once to each address that did not refuse."""

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from cned_portal.common.outbox.domain.queue import queue_mails
from cned_portal.common.verbs import verb
from learners import tasks
from learners.domain.refusals import MoveRefused, Refusal
from learners.enums import CampaignAudience, CampaignState, ContactSide, MemberRole
from learners.models import Campaign, CampaignRecipient, MailOptOut, OrganisationContact, OrganisationMember

KIND = "learners/email/campaign"
KEY = "learners.campaign:"
_SALT = "learners.campaign.unsubscribe"
_CHUNK = 500


@verb
def save_campaign(campaign, *, acting_user, **fields):
    """Write or correct a draft. Raises MoveRefused once it has left."""
    if campaign is None:
        return Campaign.objects.create(created_by=acting_user, **fields)
    campaign = Campaign.objects.select_for_update().get(pk=campaign.pk)
    if not campaign.is_draft:
        raise MoveRefused("Cette campagne est partie : elle ne change plus.")
    for name, value in fields.items():
        setattr(campaign, name, value)
    campaign.save(update_fields=list(fields))
    return campaign


@verb
def send_campaign(campaign, *, acting_user, at=None):
    """Decide the sending; a worker writes the mails after the commit. Raises Refusal without anyone to write to."""
    if not recipients_of(campaign, most=1):
        raise Refusal("Personne ne correspond à ces destinataires.")
    draft = Campaign.objects.filter(pk=campaign.pk, state=CampaignState.DRAFT)
    if not draft.update(state=CampaignState.SENDING, sent_at=at or timezone.now()):
        raise MoveRefused("Cette campagne est déjà partie.")
    # A broker that is down does not undo the decision: `recover_campaigns` asks again.
    transaction.on_commit(lambda: tasks.write_campaign.apply_async((campaign.pk,), retry=False), robust=True)


def recipients_of(campaign, most=None):
    """{address: organisation's key} of those a campaign is for, without those who refuse unless it is contractual."""
    organisations = {"organisation__is_active": True}
    if campaign.kinds:
        organisations["organisation__kind__in"] = campaign.kinds
    if campaign.audience == CampaignAudience.CONTACTS:
        rows = OrganisationContact.objects.filter(side=ContactSide.ORGANISATION, ended_at=None, **organisations)
        pairs = rows.exclude(email="").order_by("pk").values_list("email", "organisation")
    else:
        rows = OrganisationMember.objects.filter(user__is_active=True, **organisations)
        if campaign.audience == CampaignAudience.MANAGERS:
            rows = rows.filter(role=MemberRole.MANAGER)
        pairs = rows.order_by("pk").values_list("user__email", "organisation")
    refused = set() if campaign.is_contractual else set(MailOptOut.objects.values_list("email", flat=True))
    found = {}
    for email, organisation in pairs.iterator():
        email = email.lower()
        if email not in refused:
            found.setdefault(email, organisation)
            if most and len(found) == most:
                break
    return found


def write_campaign(pk):
    """Write the mails of a campaign that was sent, once however often the message is delivered; True when it did."""
    with transaction.atomic():
        sending = Campaign.objects.select_for_update(skip_locked=True).filter(pk=pk, state=CampaignState.SENDING)
        campaign = sending.first()
        if campaign is None:
            return False
        rows = [
            CampaignRecipient(campaign=campaign, email=email, organisation_id=organisation)
            for email, organisation in recipients_of(campaign).items()
        ]
        CampaignRecipient.objects.bulk_create(rows, batch_size=1_000)
        for start in range(0, len(rows), _CHUNK):
            queue_mails(_mail(campaign, row) for row in rows[start : start + _CHUNK])
        campaign.state = CampaignState.SENT
        campaign.save(update_fields=["state"])
    return True


def recover_campaigns():
    """Write the campaigns whose message was lost."""
    for pk in Campaign.objects.filter(state=CampaignState.SENDING).order_by("pk").values_list("pk", flat=True)[:20]:
        tasks.write_campaign.delay(pk)


def _mail(campaign, recipient):
    url = reverse("learners:campaign_refuse", kwargs={"token": refusal_token(recipient)})
    headers = {} if campaign.is_contractual else {"List-Unsubscribe": f"<{settings.SITE_URL}{url}>"}
    return {
        "key": f"{KEY}{recipient.pk}",
        "kind": KIND,
        "to": recipient.email,
        "context": {"campaign": campaign, "refuse_url": url},
        "headers": headers,
    }


def still_wanted(keys):
    """Asked by the dispatcher: not the messages of those who refused between the writing and the departure."""
    pks = {int(key.removeprefix(KEY)): key for key in keys}
    rows = CampaignRecipient.objects.filter(pk__in=pks).select_related("campaign")
    refused = set(MailOptOut.objects.filter(email__in=[row.email for row in rows]).values_list("email", flat=True))
    return {pks[row.pk] for row in rows if row.campaign.is_contractual or row.email not in refused}


def refusal_token(recipient):
    """The secret of a link: it holds a key, no address."""
    return signing.dumps(recipient.pk, salt=_SALT)


def refusing_address(token):
    """The address to which a link was sent, None when it is not one of ours."""
    try:
        pk = signing.loads(token, salt=_SALT)
    except signing.BadSignature:
        return None
    return CampaignRecipient.objects.filter(pk=pk).values_list("email", flat=True).first()


@verb
def refuse_messages(email, *, acting_user):
    """No more campaigns to this address, but for contracts. Refusing twice changes nothing."""
    MailOptOut.objects.get_or_create(email=email.lower())
