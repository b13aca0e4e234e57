from celery import shared_task


@shared_task
def forget_old_calls():
    """Forget the answers given to callers that nobody may ask again."""
    from cned_portal.users.domain.idempotency import forget_old_calls

    forget_old_calls()
