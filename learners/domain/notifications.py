"""One door for what the portal tells a person: a fact, told once, by the means they chose."""

from cned_portal.common.outbox.domain.queue import queue_mail


def notify(user, *, event, key, context):
    """Tell the person of a fact, in the transaction of that fact; a `key` already told is told no more.

    `event` names the templates `learners/email/<event>`; `key` is stable for the fact, such as `homework_marked:42`.
    """
    return queue_mail(key=f"learners.{key}", kind=f"learners/email/{event}", to=user.email, context=context)
