from celery import shared_task


@shared_task
def beat():
    """Sign of life of beat, of the broker and of a worker at once."""
    from cned_portal.common.health import beat

    beat()
